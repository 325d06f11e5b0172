import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import { announce, announcements } from './announcements';

beforeEach(() => { vi.useFakeTimers(); });
afterEach(() => { vi.useRealTimers(); });

test('news of a moment is said at once, behind what was said before, and the same again is new', () => {
  announce('One: Ready');
  announce('Two: Failed');
  expect(announcements.get()).toEqual([]);
  vi.advanceTimersByTime(500);
  announce('One: Ready');
  vi.advanceTimersByTime(500);
  announce('One: Ready');
  vi.advanceTimersByTime(500);
  expect(announcements.get().map(({ text }) => text)).toEqual(['One: Ready. Two: Failed', 'One: Ready', 'One: Ready']);
  expect(new Set(announcements.get().map(({ id }) => id)).size).toBe(3);
});
