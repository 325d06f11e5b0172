import { expect, test } from 'vitest';

import { newsOf } from './use-token-news';

const event = (type: string, kind: 'TOKENIZE' | 'DOWNLOAD', subject: string | null = 'News') => ({ type, subject, recordedAt: '2026-05-01T12:00:00Z', run: { kind } });

test('tokens that are ready, or were not made, are told, and no job that has another place', () => {
  const events = [event('TokenizationCompleted', 'TOKENIZE'), event('JobFailed', 'TOKENIZE'), event('JobFailed', 'DOWNLOAD'), event('JobFailed', 'TOKENIZE', null)];
  expect(newsOf(events)).toEqual(['News: tokens are ready', 'News: to make tokens has failed', 'A dataset: to make tokens has failed']);
});
