import { act, cleanup, render, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { CombinedError, Provider } from 'urql';
import { afterEach, expect, test } from 'vitest';
import { makeSubject } from 'wonka';

import type { TokenizationLineFragment } from '#graphql';

import { DeleteTokenization } from './DeleteTokenization';

afterEach(cleanup);

const recipe = { mode: 'TRUNCATE', maxLength: 16, stride: null, padding: 'NONE', tail: null };
const made = { id: 't', tokenizer: 'gpt2', recipe } as unknown as TokenizationLineFragment;

/** The dialog, of a service that answers when it is told to. */
async function ask() {
  const answers = makeSubject<object>();
  render(<Provider value={{ executeQuery: () => answers.source }}><DeleteTokenization tokenization={made} /></Provider>);
  await userEvent.click(screen.getByRole('button', { name: /^Delete gpt2/ }));
  return (result: object) => { act(() => { answers.next(result); }); };
}

const isOffered = () => !screen.getByRole<HTMLButtonElement>('button', { name: 'Delete' }).disabled;
const stored = (sizeBytes: number | null, ...sizes: (number | null)[]) => ({
  data: { tokenization: { id: 't', sizeBytes, exports: sizes.map((size, index) => ({ id: String(index), sizeBytes: size })) } },
});

test.each<[object, string]>([
  [stored(300), '16 tokens: 300 B. There'],
  [stored(300, 500, 700), '16 tokens: 300 B, and 2 exports of it with 1.2 kB. There'],
  [stored(300, null), '16 tokens: 300 B, and 1 export of it not ready. There'],
  [stored(null), '16 tokens: it is not ready, and what was made of it so far goes with it. There'],
])('tokens are deleted once all that goes with them is told', async (answered, told) => {
  const answer = await ask();
  expect(isOffered()).toBe(false);
  answer(answered);
  expect([isOffered(), screen.getByRole('dialog').textContent]).toEqual([true, expect.stringContaining(told)]);
});

test('why it is not known what goes is told', async () => {
  const answer = await ask();
  answer({ error: new CombinedError({ graphQLErrors: ['It cannot be read.'] }) });
  expect([isOffered(), screen.getByRole('alert').textContent]).toEqual([false, 'It cannot be read.']);
});
