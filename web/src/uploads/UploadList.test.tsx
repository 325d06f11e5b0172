import { cleanup, render, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { afterEach, beforeEach, expect, test } from 'vitest';

import { UploadList } from './UploadList';
import { type Upload, uploads } from './uploads';

afterEach(cleanup);

const half: Upload = { key: 1, name: 'large.csv', status: 'PAUSED', sizeBytes: 4_000_000_000, sentBytes: 2_000_000_000, ratePerSecond: null, problem: '', datasetId: null };

beforeEach(() => { uploads.set([half]); });

test('what was sent is taken away only after it was read how much that is', async () => {
  render(<UploadList />);
  await userEvent.click(screen.getByRole('button', { name: 'Stop large.csv' }));
  expect(screen.getByRole('dialog', { name: 'Stop sending large.csv?' }).textContent).toContain('2.0 GB of 4.0 GB');
  await userEvent.click(screen.getByRole('button', { name: 'Keep' }));
  expect([uploads.get(), screen.queryByRole('dialog')]).toEqual([[half], null]);

  await userEvent.click(screen.getByRole('button', { name: 'Stop large.csv' }));
  await userEvent.click(screen.getByRole('button', { name: 'Stop' }));
  expect(uploads.get()).toEqual([]);
});

test('what failed can be resumed though all of it was sent, and what is done only be hidden', () => {
  uploads.set([{ ...half, status: 'FAILED', sentBytes: half.sizeBytes }, { ...half, key: 2, name: 'done.csv', status: 'DONE' }]);
  render(<UploadList />);
  expect(screen.getAllByRole('button').map((button) => button.getAttribute('aria-label'))).toEqual(['Resume large.csv', 'Stop large.csv', 'Hide done.csv']);
});
