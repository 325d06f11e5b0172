import { expect, test } from 'vitest';

import { partsOf, unitsOf } from './code-points';

const shown = (text: string, ...ranges: [number, number][]) =>
  partsOf(text, ranges.map(([start, end]) => ({ start, end }))).map(({ text: part, range }) => (range === null ? part : `[${part}]`)).join('');

test('ranges count characters, not the two units that JavaScript has of some', () => {
  expect(shown('a 😀 smile', [4, 9])).toBe('a 😀 [smile]');
  expect(shown('😀😀x', [1, 2])).toBe('😀[😀]x');
  expect(shown('👩‍🔬 é', [0, 3])).toBe('[👩‍🔬] é');
});

test('a text without ranges is one part, and an empty one none', () => {
  expect(partsOf('all of it', [])).toEqual([{ text: 'all of it', range: null }]);
  expect(partsOf('', [])).toEqual([]);
});

test('ranges that touch, are empty, overlap or pass the end lose and repeat nothing', () => {
  expect(shown('abcdef', [0, 2], [2, 4])).toBe('[ab][cd]ef');
  expect(shown('abcdef', [2, 2])).toBe('abcdef');
  expect(shown('abcdef', [1, 4], [2, 5])).toBe('a[bcd][e]f');
  expect(shown('abc', [1, 99])).toBe('a[bc]');
});

test('places can be asked for in any order', () => {
  const unit = unitsOf('😀a😀b');
  expect([3, 1, 0, 4].map(unit)).toEqual([5, 2, 0, 6]);
});
