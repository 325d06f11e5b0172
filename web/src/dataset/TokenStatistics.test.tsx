import { cleanup, render, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { CombinedError, Provider } from 'urql';
import { afterEach, expect, test } from 'vitest';
import { fromValue, merge, never } from 'wonka';

import type { TokenFiguresQuery, TokenizationLineFragment } from '#graphql';

import { TokenStatistics } from './TokenStatistics';

afterEach(cleanup);

type OfTokens = NonNullable<NonNullable<TokenFiguresQuery['tokenization']>['statistics']>;

const lengths = { meanLength: 4, medianLength: 4, minLength: 4, maxLength: 4, vocabularyUsed: 9, histogram: [] };
const split = (name: string, tokenCount: number) => ({ name, sequenceCount: 6, tokenCount, ...lengths });
const statistics: OfTokens = {
  ...{ sequenceCount: 12, tokenCount: 48, ...lengths, vocabularySize: 384, skippedSamples: 0 },
  ...{ sourceTokens: 40, keptTokens: 36, truncatedTokens: 4, filteredTokens: 0, tailTokens: 0 },
  ...{ outputCells: 48, realCells: 36, specialCells: 12, overlapCells: 0, paddingCells: 0 },
  bySplit: [split('train', 30), split('test', 18)],
  topTokens: [{ id: 1, token: 'a', count: 30 }],
};
const made = (id: string) => ({ id, tokenizer: 'gpt2', recipe: { mode: 'TRUNCATE', maxLength: 16, stride: null, padding: 'NONE', tail: null } }) as TokenizationLineFragment;

const figure = (name: string) => screen.getByText(name, { selector: 'dt' }).nextSibling?.textContent;

test('a split has its own figures, and what is known of all splits only says so', async () => {
  const client = { executeQuery: () => fromValue({ data: { tokenization: { id: 't', statistics } } }) };
  render(<Provider value={client}><TokenStatistics tokenizations={[made('t')]} /></Provider>);
  const told = () => figure('Tokens');
  const titles = () => screen.getAllByRole('heading', { level: 3 }).map(({ textContent }) => textContent).filter((title) => title.includes('(all splits)'));
  expect([told(), titles()]).toEqual(['48', []]);
  await userEvent.click(screen.getByRole('button', { name: 'test' }));
  expect(told()).toBe('18');
  expect(titles()).toEqual(['Tokens of all texts (all splits) 40', 'Cells of the output (all splits) 48', 'Most frequent tokens (all splits)']);
});

test('figures are those of the tokenization that is chosen; of a deleted one there are none', async () => {
  const answers = new Map([['a', 1], ['c', 3]].map(([id, tokenCount]) => [id, fromValue({ data: { tokenization: { id, statistics: { ...statistics, tokenCount } } } })]));
  const client = { executeQuery: ({ variables }: { variables: { id: string } }) => answers.get(variables.id) ?? never };
  const of = (...ids: string[]) => <Provider value={client}><TokenStatistics tokenizations={ids.map(made)} /></Provider>;
  const { rerender } = render(of('a', 'b', 'c'));
  expect(figure('Tokens')).toBe('1');
  await userEvent.selectOptions(screen.getByLabelText('Tokenization'), 'b');
  expect(screen.queryByText('Sequences')).toBe(null);
  await userEvent.selectOptions(screen.getByLabelText('Tokenization'), 'c');
  expect(figure('Tokens')).toBe('3');
  rerender(of('a', 'b'));
  expect([figure('Tokens'), screen.getByLabelText<HTMLSelectElement>('Tokenization').value]).toEqual(['1', 'a']);
});

test('why there are no figures is told', () => {
  const error = new CombinedError({ graphQLErrors: ['They cannot be read.'] });
  render(<Provider value={{ executeQuery: () => merge([fromValue({ error }), never]) }}><TokenStatistics tokenizations={[made('t')]} /></Provider>);
  expect(screen.getByRole('alert').textContent).toBe('They cannot be read.');
});

test('of a split whose words of the vocabulary were not counted no number is told', async () => {
  const old = { ...statistics, bySplit: ['train', 'test'].map((name) => ({ ...split(name, 24), vocabularyUsed: null })) };
  render(<Provider value={{ executeQuery: () => fromValue({ data: { tokenization: { id: 't', statistics: old } } }) }}><TokenStatistics tokenizations={[made('t')]} /></Provider>);
  await userEvent.click(screen.getByRole('button', { name: 'train' }));
  expect(figure('Vocabulary used')).toBe('–');
});
