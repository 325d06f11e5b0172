import { act, cleanup, renderHook } from '@testing-library/react';
import type { ReactNode } from 'react';
import { Provider } from 'urql';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import type { ChangeKind, DatasetCardFragment, DatasetFilter } from '#graphql';

import { clientOf } from '../service/client';
import { dataset } from '../test/datasets';
import { ToldService } from '../test/told-service';
import { useLiveDatasets } from './live';

const EVERYTHING = {};
const TOO_MANY = { message: 'Too many are watched at once.', extensions: { code: 'SUBSCRIPTION_LIMIT' } };
const NO_PROGRESS = { message: 'Ask again.', path: ['datasetsChanged', 'datasets', 0, 'progress'], extensions: { code: 'TRY_AGAIN' } };

let service: ToldService;

beforeEach(async () => { service = await new ToldService().listens(); });

afterEach(async () => {
  cleanup();
  await service.stop();
});

const part = (kind: ChangeKind, ...datasets: DatasetCardFragment[]) => ({ data: { datasetsChanged: { kind, datasets, removedIds: [], position: null } } });
const named = (name: string) => dataset('READY', { name });

/** A list as it is shown, and who tells it. */
async function show() {
  const client = clientOf(service.address);
  const wrapper = ({ children }: { children: ReactNode }) => <Provider value={client}>{children}</Provider>;
  const { result, rerender } = renderHook((filter: DatasetFilter) => useLiveDatasets(filter), { wrapper, initialProps: EVERYTHING });
  const shows = async (...names: string[]) => {
    await vi.waitFor(() => {
      const { isWhole, items } = result.current.list;
      expect([isWhole, [...items.values()].map(({ name }) => name)]).toEqual([true, names]);
    });
  };
  return { result, rerender, shows, watcher: await service.watcher() };
}

test('a list that is refused says why, and is whole once it was asked for again', async () => {
  const { result, shows, watcher } = await show();
  watcher.error(TOO_MANY);
  await vi.waitFor(() => { expect([result.current.wrong, result.current.list.isWhole]).toEqual([TOO_MANY.message, false]); });

  act(() => { result.current.again(); });
  const second = await service.watcher(2);
  second.next(part('SNAPSHOT', named('News')));
  second.next(part('SNAPSHOT_END'));
  await shows('News');
  expect(result.current.wrong).toBe('');
});

test('one that goes on without a part that could not be told gives no alarm', async () => {
  const { result, shows, watcher } = await show();
  watcher.next({ ...part('SNAPSHOT', named('News')), errors: [NO_PROGRESS] });
  watcher.next(part('SNAPSHOT_END'));
  await shows('News');
  expect(result.current.wrong).toBe('');
});

test('what is shown stays where no more is told, and why is told', async () => {
  const { result, shows, watcher } = await show();
  watcher.next(part('SNAPSHOT', named('News')));
  watcher.next(part('SNAPSHOT_END'));
  await shows('News');
  watcher.error(TOO_MANY);
  await vi.waitFor(() => { expect(result.current.wrong).toBe(TOO_MANY.message); });
  await new Promise((drawn) => { requestAnimationFrame(() => { requestAnimationFrame(drawn); }); });
  await shows('News');
});

test('nothing of a list that was cut while it was told is in the one that is told then', async () => {
  const { result, shows, watcher } = await show();
  watcher.next(part('SNAPSHOT', named('Purged meanwhile')));
  await vi.waitFor(() => { expect(result.current.list.arriving?.size).toBe(1); });
  watcher.lose();
  const second = await service.watcher(2);
  second.next(part('SNAPSHOT', named('News')));
  second.next(part('SNAPSHOT_END'));
  await shows('News');
});

test('nor of the list of another filter', async () => {
  const { result, rerender, shows, watcher } = await show();
  watcher.next(part('SNAPSHOT', named('Not searched for')));
  await vi.waitFor(() => { expect(result.current.list.arriving?.size).toBe(1); });
  rerender({ search: 'news' });
  const second = await service.watcher(2);
  second.next(part('SNAPSHOT', named('News')));
  second.next(part('SNAPSHOT_END'));
  await shows('News');
});
