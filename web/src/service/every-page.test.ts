import { expect, test } from 'vitest';

import { everyPage } from './every-page';

const PAGES = new Map([
  [null, { nodes: [1, 2], pageInfo: { hasNextPage: true, endCursor: 'b' } }],
  ['b', { nodes: [3], pageInfo: { hasNextPage: true, endCursor: 'c' } }],
  ['c', { nodes: [4], pageInfo: { hasNextPage: false, endCursor: 'd' } }],
]);

test('pages are read one after the other to the last', async () => {
  expect(await everyPage((after) => Promise.resolve(PAGES.get(after)))).toEqual([1, 2, 3, 4]);
});

test('those behind a cursor are read without those before it', async () => {
  expect(await everyPage((after) => Promise.resolve(PAGES.get(after)), 'b')).toEqual([3, 4]);
});

test('where one does not come there is no part of a list that looks whole', async () => {
  expect(await everyPage((after) => Promise.resolve(after === 'c' ? null : PAGES.get(after)))).toBeNull();
});
