import { cleanup, renderHook } from '@testing-library/react';
import type { ReactNode } from 'react';
import { Provider } from 'urql';
import { afterEach, expect, test, vi } from 'vitest';

import { announcements } from '../app/announcements';
import { clientOf } from '../service/client';
import { ToldService } from '../test/told-service';
import { newsOf, useTokenNews } from './use-token-news';

afterEach(() => {
  cleanup();
  announcements.set([]);
  vi.unstubAllGlobals();
});

const event = (type: string, kind: 'TOKENIZE' | 'DOWNLOAD', subject: string | null = 'News') => ({ type, subject, run: { kind } });

test('tokens that are ready, or were not made, are told, and no job that has another place', () => {
  const events = [event('TokenizationCompleted', 'TOKENIZE'), event('JobFailed', 'TOKENIZE'), event('JobFailed', 'DOWNLOAD'), event('JobFailed', 'TOKENIZE', null)];
  expect(newsOf(events)).toEqual(['News: tokens are ready', 'News: to make tokens has failed', 'A dataset: to make tokens has failed']);
});

/** What is told by a service from a position on. */
async function watched(): Promise<ToldService> {
  vi.stubGlobal('fetch', () => Promise.resolve(Response.json({ data: { position: '1' } })));
  const service = await new ToldService().listens();
  const client = clientOf(service.address);
  const wrapper = ({ children }: { children: ReactNode }) => <Provider value={client}>{children}</Provider>;
  renderHook(useTokenNews, { wrapper });
  return service;
}

const told = (subject: string, cursor: string, caughtUp: boolean) =>
  ({ data: { events: { events: [event('TokenizationCompleted', 'TOKENIZE', subject)], cursor, caughtUp } } });

test('news are told once, also where nothing comes after them', async () => {
  const service = await watched();
  const watcher = await service.watcher();
  watcher.next(told('News', '2', true));
  watcher.error({ message: 'No more.', extensions: { code: 'SUBSCRIPTION_LIMIT' } });
  await vi.waitFor(() => { expect(announcements.get()).not.toEqual([]); });
  expect(announcements.get().map(({ text }) => text)).toEqual(['News: tokens are ready']);
  await service.stop();
});

test('of another log what had happened before is no news, and what happens then is', async () => {
  const service = await watched();
  (await service.watcher()).error({ message: 'Another log.', extensions: { code: 'CURSOR_EXPIRED' } });
  const anew = await service.watcher(2);
  expect(anew.variables['after']).toBeNull();
  anew.next(told('Old', '1', false));
  anew.next(told('Older', '2', true));
  anew.next(told('New', '3', true));
  await vi.waitFor(() => { expect(announcements.get().map(({ text }) => text)).toEqual(['New: tokens are ready']); });
  await service.stop();
});
