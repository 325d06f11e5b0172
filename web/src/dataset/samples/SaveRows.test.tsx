import { cleanup, render, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { cacheExchange, CombinedError, createClient, type Operation, type OperationResult, Provider } from 'urql';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { filter, map, pipe } from 'wonka';

import { toasts } from '../../app/toasts';
import { SaveRows } from './SaveRows';

const fetched: string[] = [];

beforeEach(() => {
  fetched.length = 0;
  toasts.set([]);
  vi.spyOn(HTMLAnchorElement.prototype, 'click').mockImplementation(function (this: HTMLAnchorElement) { fetched.push(this.getAttribute('href') ?? ''); });
});

afterEach(() => {
  cleanup();
  vi.restoreAllMocks();
});

/** Of a service that gives these answers one after the other. */
function show(answers: object[]) {
  const answer = (operation: Operation) => ({ operation, stale: false, hasNext: false, ...answers.shift() }) as OperationResult;
  const client = createClient({ url: 'http://here/graphql', preferGetMethod: false, exchanges: [cacheExchange, () => (operations) => pipe(operations, filter(({ kind }) => kind === 'query'), map(answer))] });
  render(<Provider value={client}><SaveRows id="d" filter={{ split: 'test' }} order="ROW" /></Provider>);
  return async () => { await userEvent.click(screen.getByRole('button', { name: 'Save these rows' })); };
}

const signed = (download: string | null) => ({ data: { dataset: { __typename: 'Dataset', id: 'd', samples: { download } } } });

test('the address of the rows is asked for each time that they are saved: the one before may be none any more', async () => {
  const save = show([signed('/downloads/1'), signed('/downloads/2')]);
  await save();
  await save();
  expect(fetched).toEqual(['/downloads/1', '/downloads/2']);
});

test('why rows cannot be saved is said', async () => {
  const save = show([{ error: new CombinedError({ graphQLErrors: ['Its index is gone.'] }) }]);
  await save();
  expect([fetched, toasts.get().map(({ text }) => text)]).toEqual([[], ['Its index is gone.']]);
});
