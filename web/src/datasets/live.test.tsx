import { act, renderHook } from '@testing-library/react';
import type { ReactNode } from 'react';
import { CombinedError, Provider } from 'urql';
import { expect, test, vi } from 'vitest';

import { dataset } from '../test/datasets';
import { useLiveDatasets } from './live';

const EVERYTHING = {};

test('a list that is refused says why, and is whole once it was asked for again', async () => {
  const told = (kind: string, datasets: unknown[] = []) => ({ data: { datasetsChanged: { kind, datasets, removedIds: [], position: '1' } } });
  const refused = { error: new CombinedError({ graphQLErrors: ['Too many are watched at once.'] }) };
  const answers = [[refused], [told('SNAPSHOT', [dataset('READY', { name: 'News' })]), told('SNAPSHOT_END')]];
  const subscription = vi.fn(() => {
    const results = answers.shift() ?? [];
    return { subscribe: (heard: (result: unknown) => void) => { results.forEach(heard); return { unsubscribe: () => undefined }; } };
  });
  const wrapper = ({ children }: { children: ReactNode }) => <Provider value={{ subscription }}>{children}</Provider>;
  const { result } = renderHook(() => useLiveDatasets(EVERYTHING), { wrapper });
  expect([result.current.wrong, result.current.list.isWhole]).toEqual(['Too many are watched at once.', false]);

  act(() => { result.current.again(); });
  await vi.waitFor(() => { expect(result.current.list.isWhole).toBe(true); });
  expect([result.current.wrong, [...result.current.list.items.values()].map(({ name }) => name)]).toEqual(['', ['News']]);
});
