import { cleanup, render, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { Provider } from 'urql';
import { afterEach, expect, test, vi } from 'vitest';

import type { ErrorCode, TokenizationLineFragment } from '#graphql';

import { TokenizationCard } from './TokenizationCard';

afterEach(cleanup);

/** A tokenization that failed by this, and what the service is asked of it; it refuses with these errors, once. */
function show(code: ErrorCode, errors: object[] = []) {
  const asked: unknown[] = [];
  const mutation = vi.fn((_: unknown, { input: { jobId, accessToken } }: { input: Record<string, unknown> }) => {
    asked.push([jobId, accessToken]);
    return { toPromise: () => Promise.resolve({ data: { retryJob: { errors: errors.splice(0) } } }) };
  });
  const failed = {
    ...{ id: 't', status: 'FAILED', tokenizer: 'acme/gated', createdAt: '2026-05-01T12:00:00Z', sizeBytes: null, path: null, progress: null, statistics: null },
    recipe: { mode: 'TRUNCATE', maxLength: 16, stride: null, padding: 'NONE', tail: null },
    job: { id: 'j', status: 'FAILED' },
    error: { code, message: 'It cannot be read.', retryable: false },
  } as unknown as TokenizationLineFragment;
  render(<Provider value={{ mutation }}><TokenizationCard tokenization={failed} /></Provider>);
  return asked;
}

const retry = () => userEvent.click(screen.getByRole('button', { name: 'Retry acme/gated' }));

test('where a token may be what was missing, a retry asks for it first', async () => {
  const asked = show('ACCESS_DENIED');
  await retry();
  expect(asked).toEqual([]);
  await userEvent.type(screen.getByLabelText('Access token'), 'hf_told');
  await userEvent.click(screen.getByRole('button', { name: 'Retry' }));
  expect(asked).toEqual([['j', 'hf_told']]);
});

test('what failed by something else is retried at once', async () => {
  const asked = show('HUB_UNAVAILABLE');
  await retry();
  expect(asked).toEqual([['j', undefined]]);
});

test('where the service says that a token is needed again, it is asked for', async () => {
  const asked = show('HUB_UNAVAILABLE', [{ __typename: 'InvalidInputError', code: 'AUTHENTICATION_REQUIRED', message: 'Give the token again.', path: ['accessToken'] }]);
  await retry();
  expect(screen.getByRole('dialog').textContent).toContain('Give the token again.');
  await userEvent.type(screen.getByLabelText('Access token'), 'hf_told');
  await userEvent.click(screen.getByRole('button', { name: 'Retry' }));
  expect(asked).toEqual([['j', undefined], ['j', 'hf_told']]);
  expect(screen.queryByRole('dialog')).toBeNull();
});
