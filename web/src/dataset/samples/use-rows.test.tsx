import { act, renderHook } from '@testing-library/react';
import type { ReactNode } from 'react';
import { CombinedError, Provider } from 'urql';
import { expect, test, vi } from 'vitest';

import type { SampleOrder } from '#graphql';

import { useRows } from './use-rows';

type Answer = (result: object) => void;

/** A service that answers when it is told to: one answer an order. */
function show() {
  const answers = new Map<SampleOrder, Answer>();
  const query = (_: unknown, { orderBy }: { orderBy: SampleOrder }) => ({ toPromise: () => new Promise((resolve) => { answers.set(orderBy, resolve); }) });
  const wrapper = ({ children }: { children: ReactNode }) => <Provider value={{ query }}>{children}</Provider>;
  const filter = {};
  const shown = renderHook((order: SampleOrder) => useRows('d1', filter, order, 10, 0, 9), { wrapper, initialProps: 'ROW' });
  const asked = async (order: SampleOrder): Promise<Answer> => {
    await vi.waitFor(() => { expect(answers.has(order)).toBe(true); });
    return answers.get(order) ?? (() => undefined);
  };
  return { ...shown, asked };
}

const page = (text: string) => ({ data: { dataset: { samples: { nodes: [{ text }] } } } });

test('a late answer for the order before does not take the rows of this one away', async () => {
  const { result, rerender, asked } = show();
  const before = await asked('ROW');
  rerender('LONGEST');
  const now = await asked('LONGEST');
  await act(async () => { now(page('the longest')); await Promise.resolve(); });
  expect(result.current.rowAt(0)?.text).toBe('the longest');
  await act(async () => { before(page('the first')); await Promise.resolve(); });
  expect(result.current.rowAt(0)?.text).toBe('the longest');
});

test('why a page does not come is told', async () => {
  const { result, asked } = show();
  const answer = await asked('ROW');
  await act(async () => { answer({ error: new CombinedError({ graphQLErrors: ['Its index is gone.'] }) }); await Promise.resolve(); });
  expect([result.current.rowAt(0), result.current.error?.message]).toEqual([undefined, '[GraphQL] Its index is gone.']);
});
