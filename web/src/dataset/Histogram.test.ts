import { expect, test } from 'vitest';

import { barOf, rangeOf } from './Histogram';

test('a click on an axis is at no bar, and one at a bar says which', () => {
  expect([null, undefined, '0', 3].map(barOf)).toEqual([null, null, 0, 3]);
});

test('a range names its first and last length', () => {
  expect([rangeOf({ from: 12, to: 24 }, 'words'), rangeOf({ from: 5, to: 6 }, 'tokens')]).toEqual(['12–23 words', '5 tokens']);
});
