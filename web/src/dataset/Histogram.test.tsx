import { cleanup, render, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { afterEach, expect, test, vi } from 'vitest';

import { barOf, Histogram, rangeOf } from './Histogram';

afterEach(cleanup);

test('a click on an axis is at no bar, and one at a bar says which', () => {
  expect([null, undefined, '0', 3].map(barOf)).toEqual([null, null, 0, 3]);
});

test('a range names its first and last length', () => {
  expect([rangeOf({ from: 12, to: 24 }, 'words'), rangeOf({ from: 5, to: 6 }, 'tokens')]).toEqual(['12–23 words', '5 tokens']);
});

const bins = [7, 1_234, 3].map((count, index) => ({ from: index, to: index + 1, count }));
const focused = () => document.activeElement?.getAttribute('aria-label');

test('each count is come to by keys: one stop for all bars, and arrows between them', async () => {
  render(<Histogram label="Lengths" unit="words" bins={bins} />);
  const told: unknown[] = [];
  for (const key of ['{Tab}', '{ArrowRight}', '{ArrowRight}', '{ArrowRight}', '{Home}', '{ArrowLeft}', '{End}']) {
    await userEvent.keyboard(key);
    const eye = screen.getByRole('group', { name: 'Lengths' }).lastElementChild?.textContent;
    told.push([focused(), eye]);
  }
  const [first, second, third] = [['0 words: 7', '0 words7'], ['1 words: 1,234', '1 words1,234'], ['2 words: 3', '2 words3']];
  expect(told).toEqual([first, second, third, third, first, first, third]);
  await userEvent.keyboard('{Tab}');
  expect(document.activeElement).toBe(document.body);
});

test('a bar that can be chosen is chosen by a key', async () => {
  const onPick = vi.fn();
  render(<Histogram label="Lengths" unit="words" bins={bins} onPick={onPick} />);
  await userEvent.keyboard('{Tab}{ArrowRight}{Enter}');
  expect(onPick.mock.calls).toEqual([[bins[1]]]);
});
