import { describe, expect, test } from 'vitest';

import { afterChanges, type Change, emptyList, type Listed } from './live-list';

interface Item extends Listed {
  name: string;
}

const item = (id: string, name = id): Item => ({ id, name });
const change = (kind: Change<Item>['kind'], datasets: Item[] = [], removedIds: string[] = []): Change<Item> => ({ kind, datasets, removedIds, isFirst: false });
const names = (list: { items: ReadonlyMap<string, Item> }) => [...list.items.values()].map(({ name }) => name);

const whole = afterChanges(emptyList<Item>(), [change('SNAPSHOT', [item('a'), item('b')]), change('SNAPSHOT_END')]);

describe('a list that is watched', () => {
  test('shows its first part as it comes, and the others once it is whole', () => {
    const begun = afterChanges(emptyList<Item>(), [change('SNAPSHOT', [item('a')])]);
    expect([names(begun), begun.isWhole]).toEqual([['a'], false]);
    const more = afterChanges(begun, [change('SNAPSHOT', [item('b')])]);
    expect([names(more), more.isWhole]).toEqual([['a'], false]);
    const done = afterChanges(more, [change('SNAPSHOT', [item('c')]), change('SNAPSHOT_END')]);
    expect([names(done), done.isWhole]).toEqual([['a', 'b', 'c'], true]);
  });

  test('takes in what is new, what changed and what left', () => {
    const after = afterChanges(whole, [change('UPSERTED', [item('b', 'b2'), item('c')]), change('REMOVED', [], ['a'])]);
    expect(names(after)).toEqual(['b2', 'c']);
  });

  test('has what left and came back between two frames, and not what came and left', () => {
    const after = afterChanges(whole, [change('REMOVED', [], ['a']), change('UPSERTED', [item('a'), item('c')]), change('REMOVED', [], ['c'])]);
    expect(names(after)).toEqual(['b', 'a']);
  });

  test('keeps what it shows until a new one is whole, and has nothing of the old one then', () => {
    const arriving = afterChanges(whole, [change('SNAPSHOT', [item('c')])]);
    expect(names(arriving)).toEqual(['a', 'b']);
    expect(names(afterChanges(arriving, [change('SNAPSHOT_END')]))).toEqual(['c']);
  });

  test('has nothing of the parts of a new one that was cut', () => {
    const first = (of: Change<Item>): Change<Item> => ({ ...of, isFirst: true });
    const cut = afterChanges(whole, [change('SNAPSHOT', [item('gone')])]);
    expect(names(afterChanges(cut, [first(change('SNAPSHOT', [item('c')])), change('SNAPSHOT_END')]))).toEqual(['c']);
    expect(names(afterChanges(cut, [first(change('SNAPSHOT_END'))]))).toEqual([]);
    const between = [change('SNAPSHOT', [item('gone too')]), first(change('SNAPSHOT', [item('c')])), change('SNAPSHOT_END')];
    expect(names(afterChanges(cut, between))).toEqual(['c']);
  });

  test('is empty after an empty snapshot', () => {
    expect(names(afterChanges(whole, [change('SNAPSHOT_END')]))).toEqual([]);
  });
});
