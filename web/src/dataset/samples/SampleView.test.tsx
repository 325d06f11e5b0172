import { act, cleanup, render, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { cacheExchange, type Client, CombinedError, createClient, type Operation, type OperationResult, Provider } from 'urql';
import { afterEach, expect, test } from 'vitest';
import { empty, makeSubject, merge, mergeMap, pipe, type Source } from 'wonka';

import type { SampleLineFragment, TokenizationLineFragment } from '#graphql';

import { SampleView } from './SampleView';

afterEach(cleanup);

const sample: SampleLineFragment = { id: 's', split: 'train', index: 0, text: 'one two', truncated: false, wordCount: 2, highlights: [] };
const recipe = { mode: 'TRUNCATE', maxLength: 16, stride: null, padding: 'NONE', tail: null };
const made = ['A', 'B'].map((id) => ({ id, tokenizer: id, recipe })) as unknown as TokenizationLineFragment[];

/** A service whose answers come when they are given: one to each question, or several where it is not ready. */
function service() {
  const answers = makeSubject<OperationResult>();
  let asked: Operation | undefined;
  const hear = (operation: Operation): Source<OperationResult> => {
    if (operation.kind === 'query') asked = operation;
    return empty as Source<OperationResult>;
  };
  const client = createClient({
    url: 'http://here/graphql',
    preferGetMethod: false,
    exchanges: [cacheExchange, () => (operations) => merge([answers.source, pipe(operations, mergeMap(hear))])],
  });
  const answer = (result: { data?: unknown; error?: CombinedError; stale?: boolean }) => {
    const operation = asked;
    if (!result.stale) asked = undefined;
    act(() => { if (operation) answers.next({ stale: false, hasNext: false, ...result, operation } as OperationResult); });
  };
  return { client, answer };
}

/** The row as the service tells it, with its tokens, of which each is called by the tokenization. */
const row = (text: string, tokens?: readonly string[] | null, tokensTruncated = false) => ({
  data: {
    node: {
      ...{ __typename: 'Sample', id: 's', split: 'train', index: 0, text, wordCount: 2, row: {}, highlights: [] },
      ...(tokens !== undefined && { tokensTruncated, tokens: tokens?.map((said, id) => ({ id, text: said, start: id, end: id + 1 })) ?? null }),
    },
  },
});

const show = (client: Client) => render(<Provider value={client}><SampleView sample={sample} search="" tokenizations={made} onClose={() => undefined} /></Provider>);
const choose = (id: string) => userEvent.selectOptions(screen.getByLabelText('Show the tokens of'), id);
const text = () => screen.getByRole('region', { name: 'Text' }).textContent;
const tokens = () => document.querySelectorAll('span[title*=" is "]').length;
const status = () => screen.getAllByRole('status').map(({ textContent }) => textContent);

test('the tokens of one tokenization are not shown as those of another', async () => {
  const { client, answer } = service();
  show(client);
  answer(row('one two'));
  await choose('A');
  expect([text(), tokens(), status()]).toEqual(['one two', 0, ['Its tokens are on their way…']]);
  answer(row('one two', ['a', 'a']));
  expect(tokens()).toBe(2);
  await choose('B');
  expect([text(), tokens(), status()]).toEqual(['one two', 0, ['Its tokens are on their way…']]);
  answer(row('one two', ['b', 'b', 'b'], true));
  expect(tokens()).toBe(3);
  expect(status()[0]).toContain('3 tokens, the first of more');
  expect(screen.getByRole('button', { name: 'Show 500 more' })).toBeTruthy();
});

test('a row is said not to be in an output only once that was answered', async () => {
  const { client, answer } = service();
  show(client);
  answer(row('one two'));
  await choose('B');
  const notReady = new CombinedError({ graphQLErrors: [{ message: 'Ask again.', extensions: { code: 'TRY_AGAIN' } }] });
  answer({ ...row('one two', null), error: notReady, stale: true });
  expect([text(), status()]).toEqual(['one two', ['Who cuts it into tokens is getting ready. It is asked again by itself.']]);
  answer(row('one two', null));
  expect(text()).toBe('This row is not in the output of that tokenization.');
});

test('a row that is opened again is read again: another column may be its text', () => {
  const { client, answer } = service();
  show(client);
  answer(row('one two'));
  cleanup();
  show(client);
  answer(row('its title'));
  expect(text()).toBe('its title');
});

test('a text is read in its own direction', () => {
  const { client, answer } = service();
  show(client);
  answer(row('שלום, עולם.'));
  expect(screen.getByRole('region', { name: 'Text' }).getAttribute('dir')).toBe('auto');
});
