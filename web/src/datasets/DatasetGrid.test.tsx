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
