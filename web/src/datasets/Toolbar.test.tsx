import { cleanup, render, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { afterEach, expect, test } from 'vitest';

import { dataset } from '../test/datasets';
import { Toolbar } from './Toolbar';
import type { View } from './use-view';

afterEach(cleanup);

const view: View = { search: '', group: 'all', order: 'used', tags: [], set: () => undefined, toggleTag: () => undefined, clear: () => undefined };

test('how many there are is told once all are known', () => {
  const items = new Map([dataset('READY'), dataset('FAILED')].map((of) => [of.id, of]));
  const pills = () => screen.getAllByRole('button').map(({ textContent, lastElementChild }) => `${textContent}${lastElementChild?.className ?? ''}`);
  const { rerender } = render(<Toolbar view={view} all={{ items, isWhole: false, arriving: null }} />);
  expect(pills()).toEqual(['All2invisible', 'Ready1invisible', 'In progress0invisible', 'Failed or cancelled1invisible']);
  rerender(<Toolbar view={view} all={{ items, isWhole: true, arriving: null }} />);
  expect(pills()).toEqual(['All2', 'Ready1', 'In progress0', 'Failed or cancelled1']);
});

test('all tags are there once they are wanted', async () => {
  const tags = Array.from({ length: 20 }, (_, number) => `tag${String(number)}`);
  const of = dataset('READY', { tags });
  render(<Toolbar view={view} all={{ items: new Map([[of.id, of]]), isWhole: true, arriving: null }} />);
  const shown = () => screen.queryAllByRole('button', { name: /^#/ }).length;
  expect(shown()).toBe(12);
  await userEvent.click(screen.getByRole('button', { name: 'All tags 20' }));
  expect(shown()).toBe(20);
  await userEvent.click(screen.getByRole('button', { name: 'Fewer tags 20' }));
  expect(shown()).toBe(12);
});
