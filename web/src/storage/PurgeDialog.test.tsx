import { act, cleanup, render, screen } from '@testing-library/react';
import { CombinedError, Provider } from 'urql';
import { afterEach, expect, test } from 'vitest';

import { dataset } from '../test/datasets';
import { PurgeDialog } from './PurgeDialog';

afterEach(cleanup);

/** Of a service that answers when it is told to. */
function show() {
  let answer: (result: object) => void = () => undefined;
  const query = () => ({ toPromise: () => new Promise((resolve) => { answer = resolve; }) });
  const shown = dataset('TRASHED', { id: 'd', name: 'Old' });
  render(<Provider value={{ query }}><PurgeDialog datasets={[shown]} onClose={() => undefined} /></Provider>);
  return async (result: object) => { await act(async () => { answer(result); await Promise.resolve(); }); };
}

const isOffered = () => !screen.getByRole<HTMLButtonElement>('button', { name: 'Remove for good' }).disabled;

test('nothing can be removed for good before its bytes are told', async () => {
  const answer = show();
  expect(isOffered()).toBe(false);
  await answer({ data: { storage: { byDataset: [{ bytes: 500, dataset: { id: 'd' } }] } } });
  expect([isOffered(), screen.getByRole('dialog').textContent.includes('Frees 500 B')]).toEqual([true, true]);
});

test('why its bytes are not known is told', async () => {
  const answer = show();
  await answer({ error: new CombinedError({ graphQLErrors: ['The disk cannot be read.'] }) });
  expect([isOffered(), screen.getByRole('alert').textContent]).toEqual([false, 'The disk cannot be read.']);
});
