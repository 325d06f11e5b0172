import { expect, test } from 'vitest';

import { bytes, counted, duration } from './format';

test.each([
  [0, '0 B'],
  [999, '999 B'],
  [1_000, '1.0 kB'],
  [12_345_678, '12.3 MB'],
  [987_654_321, '988 MB'],
  [1.5e12, '1.5 TB'],
])('%d bytes are %s', (size, told) => {
  expect(bytes(size)).toBe(told);
});

test.each([
  [0.4, '0 s'],
  [59.6, '1 min'],
  [200, '3 min 20 s'],
  [7_500, '2 h 5 min'],
  [90_000, '1 d 1 h'],
])('%d seconds are %s', (seconds, told) => {
  expect(duration(seconds)).toBe(told);
});

test('one is not many', () => {
  expect([counted(1, 'row'), counted(0, 'row'), counted(1234, 'row')]).toEqual(['1 row', '0 rows', '1,234 rows']);
});
