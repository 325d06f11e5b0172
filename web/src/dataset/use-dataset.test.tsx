import { cleanup, renderHook } from '@testing-library/react';
import type { ReactNode } from 'react';
import { Provider } from 'urql';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import { clientOf } from '../service/client';
import { dataset } from '../test/datasets';
import { ToldService } from '../test/told-service';
import { useDataset } from './use-dataset';

const NO_SUCH = { message: 'There is no dataset with this id.', path: ['datasetChanged'], extensions: { code: 'BAD_USER_INPUT' } };
const FULL = { message: 'The disk of the database is full.', path: ['datasetChanged'], extensions: { code: 'INSUFFICIENT_STORAGE' } };
const told = { data: { datasetChanged: dataset('READY', { name: 'News' }) } };

let service: ToldService;

beforeEach(async () => { service = await new ToldService().listens(); });

afterEach(async () => {
  cleanup();
  await service.stop();
});

/** The page of a dataset, and who tells it. */
async function show() {
  const client = clientOf(service.address);
  const wrapper = ({ children }: { children: ReactNode }) => <Provider value={client}>{children}</Provider>;
  const { result } = renderHook(() => useDataset('d1'), { wrapper });
  const shows = async (expected: object) => { await vi.waitFor(() => { expect(result.current).toMatchObject(expected); }); };
  return { shows, watcher: await service.watcher() };
}

const NEWS = { dataset: { name: 'News' }, isGone: false, wrong: '' };
const GONE = { dataset: null, isGone: true, wrong: '' };

test('a dataset that is purged while it is shown is gone', async () => {
  const { shows, watcher } = await show();
  watcher.next(told);
  await shows(NEWS);
  watcher.complete();
  await shows(GONE);
});

test('so is one of which a part could not be told before', async () => {
  const { shows, watcher } = await show();
  watcher.next({ ...told, errors: [{ ...FULL, path: ['datasetChanged', 'progress'] }] });
  await shows(NEWS);
  watcher.complete();
  await shows(GONE);
});

test('so is one that was purged before anything was told', async () => {
  const { shows, watcher } = await show();
  watcher.complete();
  await shows(GONE);
});

test('so is one that was purged while the service could not be reached', async () => {
  const { shows, watcher } = await show();
  watcher.next(told);
  await shows(NEWS);
  watcher.lose();
  (await service.watcher(2)).error(NO_SUCH);
  await shows(GONE);
});

test('why no more is told is shown, and not what was told before', async () => {
  const { shows, watcher } = await show();
  watcher.next(told);
  await shows(NEWS);
  watcher.next({ data: null, errors: [FULL] });
  await shows({ dataset: null, isGone: false, wrong: FULL.message });
});
