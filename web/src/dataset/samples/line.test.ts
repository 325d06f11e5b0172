import { expect, test } from 'vitest';

import { partsOf } from '../../text/code-points';
import { foundElsewhere, lineOf } from './line';

const marked = (text: string, start: number, end: number) => {
  const line = lineOf(text, [{ start, end }, { start: end + 1, end: end + 2 }]);
  return { text: line.text, marks: partsOf(line.text, line.ranges).filter(({ range }) => range !== null).map(({ text: part }) => part) };
};

test('a line begins with its text where the hit is in front', () => {
  expect(marked('the cat sat', 4, 7)).toEqual({ text: 'the cat sat', marks: ['cat', 's'] });
});

test('it begins shortly before a later hit, counted in characters', () => {
  const { text, marks } = marked(`${'😀'.repeat(500)}cat sat`, 500, 503);
  expect(text).toBe(`…${'😀'.repeat(60)}cat sat`);
  expect(marks).toEqual(['cat', 's']);
});

test.each<[string, boolean, string[], string]>([
  ['cat', false, ['title'], 'found in title'],
  ['cat -dog', false, ['title', 'body'], 'found in title or body'],
  ['cat', true, ['title'], 'found further on, or in title'],
  ['cat', true, [], 'found further on'],
  ['-cat -"a dog"', false, ['title'], ''],
  ['', false, ['title'], ''],
])('a row without a hit in its line says where it is: %s', (search, truncated, others, told) => {
  expect(foundElsewhere(search, truncated, others)).toBe(told);
});
