import { cleanup, render, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { Provider } from 'urql';
import { afterEach, expect, test } from 'vitest';
import { fromValue } from 'wonka';

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
const made = { id: 't', tokenizer: 'gpt2', recipe: { mode: 'TRUNCATE', maxLength: 16, stride: null, padding: 'NONE', tail: null } } as TokenizationLineFragment;

test('a split has its own figures, and what is known of all splits only says so', async () => {
  const client = { executeQuery: () => fromValue({ data: { tokenization: { id: 't', statistics } } }) };
  render(<Provider value={client}><TokenStatistics tokenizations={[made]} /></Provider>);
  const told = () => screen.getByText('Tokens', { selector: 'dt' }).nextSibling?.textContent;
  const titles = () => screen.getAllByRole('heading', { level: 3 }).map(({ textContent }) => textContent).filter((title) => title.includes('(all splits)'));
  expect([told(), titles()]).toEqual(['48', []]);
  await userEvent.click(screen.getByRole('button', { name: 'test' }));
  expect(told()).toBe('18');
  expect(titles()).toEqual(['Tokens of all texts (all splits) 40', 'Cells of the output (all splits) 48', 'Most frequent tokens (all splits)']);
});
