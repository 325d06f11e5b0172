import { expect, test } from 'vitest';

import { dataset } from '../test/datasets';
import { arranged, type Order, offeredTags, tagsOf } from './sorting';

const SMALL = dataset('READY', { name: 'b 2', sizeBytes: 1, rowCount: 9, createdAt: '2026-01-03T00:00:00Z', tags: ['news'] });
const LARGE = dataset('READY', { name: 'B 10', sizeBytes: 5, rowCount: 3, createdAt: '2026-01-01T00:00:00Z', lastUsedAt: '2026-02-01T00:00:00Z', tags: ['news', 'big'] });
const NEW = dataset('QUEUED', { name: 'a', createdAt: '2026-01-04T00:00:00Z' });
const ALL = [SMALL, LARGE, NEW];

test.each<[Order, string[]]>([
  ['used', ['B 10', 'a', 'b 2']],
  ['created', ['a', 'b 2', 'B 10']],
  ['name', ['a', 'b 2', 'B 10']],
  ['size', ['B 10', 'b 2', 'a']],
  ['rows', ['b 2', 'B 10', 'a']],
])('sorted by %s, and what is not known yet comes last', (order, names) => {
  expect(arranged(ALL, { group: 'all', tags: [], order }).map(({ name }) => name)).toEqual(names);
});

test('of a group, and with all the tags', () => {
  expect(arranged(ALL, { group: 'working', tags: [], order: 'name' })).toEqual([NEW]);
  expect(arranged(ALL, { group: 'all', tags: ['news', 'big'], order: 'name' })).toEqual([LARGE]);
});

test('tags are told with their uses, the most used first', () => {
  expect(tagsOf(ALL)).toEqual([
    ['news', 2],
    ['big', 1],
  ]);
});

test('a chosen tag is offered however rare it is, so that it can be given up', () => {
  const common = Array.from({ length: 12 }, (_, number) => `common${String(number)}`);
  const all = [dataset('READY', { tags: common }), dataset('READY', { tags: [...common, 'rare', 'other'] })];
  const names = offeredTags(tagsOf(all), ['rare', 'gone', 'common3']).map(([tag, uses]) => `${tag} ${String(uses)}`);
  expect([names.length, ...names.slice(12)]).toEqual([14, 'rare 1', 'gone 0']);
});
