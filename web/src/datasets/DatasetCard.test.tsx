import { cleanup, render, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { afterEach, expect, test, vi } from 'vitest';

import type { DatasetStatus } from '#graphql';

import { dataset } from '../test/datasets';
import { DatasetCard } from './DatasetCard';
import { LABELS } from './status';

afterEach(cleanup);

function show(status: DatasetStatus, parts = {}) {
  const on = { onSelect: vi.fn(), onCancel: vi.fn(), onRetry: vi.fn(), onDelete: vi.fn() };
  const shown = dataset(status, { name: 'News', ...parts });
  render(<DatasetCard dataset={shown} isSelected={false} {...on} />);
  return { shown, ...on };
}

const can = () => screen.getAllByRole('button').map((button) => button.getAttribute('aria-label'));

test.each<[DatasetStatus, string[]]>([
  ['QUEUED', ['Cancel News']],
  ['DOWNLOADING', ['Cancel News']],
  ['INGESTING', ['Cancel News']],
  ['READY', ['Delete News']],
  ['FAILED', ['Retry News', 'Delete News']],
  ['CANCELLED', ['Retry News', 'Delete News']],
])('%s says so, and offers what can be done', (status, offers) => {
  show(status);
  expect(screen.getByText(LABELS[status].label)).toBeTruthy();
  expect(can()).toEqual(offers);
});

test('what is on its way tells how far it is, how fast, and how long it takes', () => {
  show('DOWNLOADING');
  const bar = screen.getByRole('progressbar', { name: 'Downloading News' });
  expect(bar.getAttribute('aria-valuenow')).toBe('25');
  expect(screen.getByText('25.0 MB of 100 MB')).toBeTruthy();
  expect(screen.getByText('5.0 MB/s · 15 s left')).toBeTruthy();
});

test('what failed tells why and what to do', () => {
  show('FAILED');
  expect(screen.getByText('The Hub cannot be reached: retry later.')).toBeTruthy();
});

test('a ready one tells its rows and its size, and is a link', () => {
  const { shown } = show('READY');
  expect([screen.getByText('1,234'), screen.getByText('5.6 MB')]).toHaveLength(2);
  expect(screen.getByRole('link', { name: 'News' }).getAttribute('href')).toBe(`/datasets/${shown.id}`);
});

test('its buttons and its box act on it', async () => {
  const { shown, onSelect, onRetry, onDelete } = show('FAILED');
  await userEvent.click(screen.getByRole('checkbox', { name: 'Select News' }));
  await userEvent.click(screen.getByRole('button', { name: 'Retry News' }));
  await userEvent.click(screen.getByRole('button', { name: 'Delete News' }));
  expect([onSelect.mock.calls, onRetry.mock.calls, onDelete.mock.calls]).toEqual([[[shown.id]], [[shown]], [[shown]]]);
});

test('two clicks in a row delete once: the second one would be for the card that comes to this place', async () => {
  const { onDelete } = show('READY');
  await userEvent.dblClick(screen.getByRole('button', { name: 'Delete News' }));
  expect(onDelete).toHaveBeenCalledTimes(1);
});
