import { describe, expect, test } from 'vitest';

import { windowOf } from './use-window';

const ROW = 56;
const VIEW = 560;

describe('a short list', () => {
  test('is laid out as it is', () => {
    const shown = windowOf(100, ROW, VIEW, 112);
    expect([shown.height, shown.first, shown.last]).toEqual([5_600, 0, 16]);
    expect([shown.topOf(2), shown.placeOf(10)]).toEqual([112, 560]);
  });

  test('that is empty shows nothing', () => {
    expect(windowOf(0, ROW, VIEW, 0)).toMatchObject({ height: 0, first: 0, last: -1 });
  });
});

describe('a list of a million rows', () => {
  const all = windowOf(1_000_000, ROW, VIEW, 0);

  test('is no higher than browsers can lay out, and begins with its first row', () => {
    expect([all.height, all.first, all.topOf(0)]).toEqual([8_000_000, 0, 0]);
  });

  test('ends with its last row, at the end of what can be scrolled', () => {
    const end = windowOf(1_000_000, ROW, VIEW, all.height - VIEW);
    expect(end.last).toBe(999_999);
    expect(end.topOf(999_999) + ROW).toBeCloseTo(all.height, 3);
  });

  test('reaches every row by its place', () => {
    for (const row of [1, 123_456, 999_000]) {
      const at = windowOf(1_000_000, ROW, VIEW, all.placeOf(row));
      expect(at.topOf(row)).toBeCloseTo(all.placeOf(row), 3);
    }
  });
});
