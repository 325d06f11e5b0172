import { expect, test } from 'vitest';

import { nextToken, reachOf, type Token, tokenParts } from './token-parts';

const token = (id: number, text: string, start: number | null = null, end: number | null = null): Token => ({ id, text, start, end });
const shown = (text: string, tokens: Token[]) => tokenParts(text, tokens).map((part) => `${part.text}:${part.tokens.map(({ id }) => id).join('+')}`);

test('a text is cut where its tokens are, and what no token stands for stays', () => {
  expect(shown('one two', [token(1, 'one', 0, 3), token(2, 'two', 4, 7)])).toEqual(['one:1', ' :', 'two:2']);
});

test('tokens that share a character are shown as one stretch', () => {
  expect(shown('a😀b', [token(1, 'a', 0, 1), token(2, '\\xf0', 1, 2), token(3, '\\x9f', 1, 2), token(4, 'b', 2, 3)])).toEqual(['a:1', '😀:2+3', 'b:4']);
});

test('a token that was added shows what it says, in its place', () => {
  expect(shown('hi', [token(101, '[CLS]'), token(7, 'hi', 0, 2), token(102, '[SEP]')])).toEqual(['[CLS]:101', 'hi:7', '[SEP]:102']);
});

test('how far tokens reach is told in the units of JavaScript', () => {
  expect(reachOf('😀 rest', [token(1, '😀', 0, 1)])).toBe(2);
  expect(reachOf('rest', [])).toBe(0);
});

test('from token to token one passes what no token stands for, and stops at the ends', () => {
  const parts = tokenParts('one two', [token(1, 'one', 0, 3), token(2, 'two', 4, 7)]);
  expect([nextToken(parts, -1, 1), nextToken(parts, 0, 1), nextToken(parts, 2, 1)]).toEqual([0, 2, null]);
  expect([nextToken(parts, 2, -1), nextToken(parts, 0, -1)]).toEqual([0, null]);
});
