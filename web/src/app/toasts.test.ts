import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import { dismiss, hold, letGo, say, toasts, undoNewest } from './toasts';

beforeEach(() => {
  vi.useFakeTimers();
  toasts.set([]);
});

afterEach(() => {
  vi.useRealTimers();
});

const said = () => toasts.get().map(({ text }) => text);

test('toasts do not pile up: three at most, and the same one once', () => {
  for (const text of ['a', 'b', 'c', 'd', 'c']) say(text);
  expect(said()).toEqual(['b', 'd', 'c']);
});

test('one goes by itself, later where something can be undone, and at once when it is dismissed', () => {
  say('plain');
  say('undo', { action: { label: 'Undo', run: () => undefined } });
  vi.advanceTimersByTime(7_000);
  expect(said()).toEqual(['undo']);
  dismiss(toasts.get()[0]?.id ?? 0);
  expect(said()).toEqual([]);
});

const undo = (run: () => void = () => undefined) => ({ action: { label: 'Undo', run } });

test('what can be undone is said for each deed, though it is called the same, and the newest is undone first, once', () => {
  const undone: string[] = [];
  for (const name of ['first', 'second']) say('Moved News to the trash.', undo(() => undone.push(name)));
  say('Restored Old.');
  expect(said()).toHaveLength(3);
  for (const expected of [['second'], ['second', 'first'], ['second', 'first']]) {
    undoNewest();
    expect(undone).toEqual(expected);
  }
  expect(said()).toEqual(['Restored Old.']);
});

test('one that is read or reached for stays, and has the rest of its time afterwards', () => {
  say('plain');
  const [{ id } = { id: 0 }] = toasts.get();
  vi.advanceTimersByTime(4_000);
  hold(id);
  hold(id);
  vi.advanceTimersByTime(60_000);
  expect(said()).toEqual(['plain']);
  letGo(id);
  vi.advanceTimersByTime(1_900);
  expect(said()).toEqual(['plain']);
  vi.advanceTimersByTime(200);
  expect(said()).toEqual([]);
});
