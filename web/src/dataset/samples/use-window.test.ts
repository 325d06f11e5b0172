import { describe, expect, test } from 'vitest';

import { isStuck, movedTo, type Place, scaleOf, windowOf } from './use-window';

const ROW = 56;
const VIEW = 560;
const FRONT: Place = { scrolled: 0, top: 0 };

describe('a short list', () => {
  test('is laid out as it is', () => {
    const scale = scaleOf(100, ROW, VIEW);
    const shown = windowOf(100, ROW, VIEW, movedTo(FRONT, 112, scale));
    expect([scale.height, shown.first, shown.last, shown.topOf(2)]).toEqual([5_600, 0, 16, 112]);
    expect([scale.topAt(560), scale.placeOf(560)]).toEqual([560, 560]);
  });

  test('that is empty shows nothing', () => {
    expect([scaleOf(0, ROW, VIEW).height, windowOf(0, ROW, VIEW, FRONT)]).toMatchObject([0, { first: 0, last: -1 }]);
  });
});

describe('a list of a million rows', () => {
  const COUNT = 1_000_000;
  const scale = scaleOf(COUNT, ROW, VIEW);
  const jump = (scrolled: number) => movedTo({ scrolled: -1_000_000, top: 0 }, scrolled, scale);
  const shown = (place: Place) => windowOf(COUNT, ROW, VIEW, place);

  test('is no higher than browsers can lay out, and begins with its first row', () => {
    expect([scale.height, shown(FRONT).first, shown(FRONT).topOf(0)]).toEqual([8_000_000, 0, 0]);
  });

  test('ends with its last row, at the end of what can be scrolled', () => {
    const end = shown(jump(scale.height - VIEW));
    expect(end.last).toBe(COUNT - 1);
    expect(end.topOf(COUNT - 1) + ROW).toBeCloseTo(scale.height, 3);
  });

  test('reaches every row by its place', () => {
    for (const row of [1, 1_800, 123_456, 500_000, 999_000]) {
      const at = scale.placeOf(row * ROW);
      expect(scale.topAt(at)).toBeCloseTo(row * ROW, 3);
      expect(shown(jump(at)).topOf(row)).toBeCloseTo(at, 3);
    }
  });

  test.each([['front', 0], ['middle', 4_000_000], ['end', 7_990_000]])('is read on row by row wherever one is: %s', (_, from) => {
    let place = jump(from);
    for (let notch = 0; notch < 40; notch += 1) {
      const next = movedTo(place, place.scrolled + 100, scale);
      expect(next.top - place.top).toBeCloseTo(100, 3);
      place = next;
    }
    for (let notch = 0; notch < 40; notch += 1) place = movedTo(place, place.scrolled - 100, scale);
    expect(place.top).toBeCloseTo(scale.topAt(from), 3);
  });

  test('goes on where the bar is at its end but the list is not', () => {
    expect([isStuck({ scrolled: 0, top: 500 }, scale), isStuck({ scrolled: scale.mostScrolled, top: scale.mostTop - 500 }, scale)]).toEqual([true, true]);
    expect([isStuck(FRONT, scale), isStuck(jump(scale.mostScrolled), scale), isStuck(jump(4_000_000), scale)]).toEqual([false, false, false]);
  });
});
