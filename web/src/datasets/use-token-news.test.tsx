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
  vi.unstubAllGlobals();
});

const event = (type: string, kind: 'TOKENIZE' | 'DOWNLOAD', subject: string | null = 'News') => ({ type, subject, recordedAt: '9999-05-01T12:00:00Z', run: { kind } });

test('tokens that are ready, or were not made, are told, and no job that has another place', () => {
  const events = [event('TokenizationCompleted', 'TOKENIZE'), event('JobFailed', 'TOKENIZE'), event('JobFailed', 'DOWNLOAD'), event('JobFailed', 'TOKENIZE', null)];
  expect(newsOf(events)).toEqual(['News: tokens are ready', 'News: to make tokens has failed', 'A dataset: to make tokens has failed']);
});

test('news are told once, also where nothing comes after them', async () => {
  vi.stubGlobal('fetch', () => Promise.resolve(Response.json({ data: { position: '1' } })));
  const service = await new ToldService().listens();
  const client = clientOf(service.address);
  const wrapper = ({ children }: { children: ReactNode }) => <Provider value={client}>{children}</Provider>;
  renderHook(useTokenNews, { wrapper });
  const watcher = await service.watcher();
  watcher.next({ data: { events: { events: [event('TokenizationCompleted', 'TOKENIZE')], cursor: '2' } } });
  watcher.error({ message: 'No more.', extensions: { code: 'SUBSCRIPTION_LIMIT' } });
  await vi.waitFor(() => { expect(announcements.get()).not.toEqual([]); });
  expect(announcements.get().map(({ text }) => text)).toEqual(['News: tokens are ready']);
  await service.stop();
});
