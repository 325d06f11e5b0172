import { cleanup, render, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { CombinedError, Provider } from 'urql';
import { afterEach, expect, test } from 'vitest';

import { AllTokens } from './AllTokens';
import type { Token } from './token-parts';

afterEach(cleanup);

const TEXT = 'x'.repeat(1_200);
const tokens = (from: number, to: number): Token[] =>
  Array.from({ length: to - from }, (_, index) => ({ id: 100 + from + index, text: 'x', start: from + index, end: from + index + 1 }));

/** Of a service that answers each question in turn, and tells from where it was asked. */
function show(answers: object[]) {
  const from: number[] = [];
  const query = (_: unknown, { at }: { at: number }) => {
    from.push(at);
    return { toPromise: () => Promise.resolve(answers.shift() ?? {}) };
  };
  render(<Provider value={{ query }}><AllTokens id="s" tokenizationId="t" text={TEXT} first={tokens(0, 500)} isCut /></Provider>);
  return from;
}

const page = (from: number, to: number, tokensTruncated: boolean) => ({ data: { node: { tokens: tokens(from, to), tokensTruncated } } });
const more = () => screen.queryByRole('button', { name: 'Show 500 more' });
const shown = () => document.querySelectorAll('span[title*=" is "]').length;

test('the tokens of a long text come 500 at a time, from where they were cut, to the last', async () => {
  const from = show([page(500, 1_000, true), page(1_000, 1_200, false)]);
  expect(screen.getByRole('status').textContent).toContain('500 tokens, the first of more');
  for (const all of [1_000, 1_200]) {
    await userEvent.click(more() ?? document.body);
    expect(shown()).toBe(all);
  }
  expect([from, more()]).toEqual([[500, 1_000], null]);
  expect(screen.getByRole('status').textContent).toContain('1,200 tokens.');
  expect(screen.queryByTitle('Not among these tokens')).toBe(null);
});

test('why more did not come is told, and they can be asked for again', async () => {
  const from = show([{ error: new CombinedError({ graphQLErrors: ['Who cuts is away.'] }) }, page(500, 1_000, true)]);
  await userEvent.click(more() ?? document.body);
  expect([screen.getByRole('alert').textContent, shown()]).toEqual(['Who cuts is away.', 500]);
  await userEvent.click(more() ?? document.body);
  expect([screen.queryByRole('alert'), shown(), from]).toEqual([null, 1_000, [500, 500]]);
});
