import { cleanup, render, screen } from '@testing-library/react';
import { afterEach, expect, test } from 'vitest';

import type { DatasetCardFragment } from '#graphql';

import { dataset } from '../test/datasets';
import { DatasetGrid } from './DatasetGrid';

afterEach(cleanup);

const NONE: ReadonlySet<string> = new Set();
const nothing = () => undefined;
const grid = (datasets: readonly DatasetCardFragment[]) => (
  <DatasetGrid datasets={datasets} selected={NONE} onSelect={nothing} onCancel={nothing} onRetry={nothing} onDelete={nothing} />
);

test('a card keeps the focus when others come before it', () => {
  const [kept, ...others] = ['Kept', 'New', 'Newer'].map((name) => dataset('READY', { name }));
  const { rerender } = render(grid(kept ? [kept] : []));
  const button = screen.getByRole('button', { name: 'Delete Kept' });
  button.focus();
  rerender(grid(kept ? [...others, kept] : []));
  expect(screen.getAllByRole('listitem').map((item) => item.querySelector('h2')?.textContent)).toEqual(['New', 'Newer', 'Kept']);
  expect(document.activeElement).toBe(button);
});

test('cards stand apart also where letters are larger', () => {
  document.documentElement.style.fontSize = '24px';
  render(grid(['One', 'Two'].map((name) => dataset('READY', { name }))));
  document.documentElement.style.fontSize = '';
  const places = screen.getAllByRole('listitem').map(({ style }) => Number(/(\d+)px\)$/.exec(style.transform)?.[1]));
  expect(places).toEqual([0, 11 * 24 + 16]);
});
