import { expect, test } from 'vitest';

import { rateOf } from './uploads';

test('a rate is that of the last seconds, and none at the beginning', () => {
  let now = 0;
  const rate = rateOf(() => now);
  expect(rate(0)).toBeNull();
  now = 1_000;
  expect(rate(500)).toBe(500);
  now = 6_000;
  expect(rate(5_500)).toBeNull();
  now = 8_000;
  expect(rate(7_500)).toBe(1_000);
});
