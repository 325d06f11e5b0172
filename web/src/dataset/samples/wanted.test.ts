import { expect, test } from 'vitest';

import { filterOf, read, type Test, type Wanted, write } from './wanted';

const ALL: Wanted = { search: '', split: null, words: null, columns: [], order: 'ROW' };

/** What the service is asked of a column of this type. */
function asked(type: string, of: Test, value: string): unknown {
  const { where } = filterOf({ ...ALL, columns: [{ column: 'x', test: of, value }] }, [{ name: 'y', type: 'bool' }, { name: 'x', type }]);
  return where?.[0]?.[of];
}

test.each<[string, Test, string, unknown]>([
  ['string', 'equals', '1', '1'],
  ['string', 'min', '2026', '2026'],
  ['large_string', 'equals', 'true', 'true'],
  ['dictionary<values=string, indices=int32, ordered=0>', 'equals', '1', '1'],
  ['dictionary<values=int64, indices=int32, ordered=0>', 'equals', '1', 1],
  ['bool', 'equals', 'true', true],
  ['bool', 'equals', ' False', false],
  ['bool', 'equals', '1', '1'],
  ['int64', 'equals', '-12', -12],
  ['uint8', 'max', '1.5', 1.5],
  ['int64', 'equals', '9007199254740993', '9007199254740993'],
  ['int64', 'equals', 'twelve', 'twelve'],
  ['double', 'max', '1e300', 1e300],
  ['double', 'max', '1e400', '1e400'],
  ['halffloat', 'min', '0.5', 0.5],
  ['decimal128(20, 2)', 'equals', '1234567890123456.78', '1234567890123456.78'],
  ['timestamp[us, tz=UTC]', 'min', '2026', '2026'],
  ['date32[day]', 'min', '20260501', '20260501'],
  ['duration[s]', 'min', '60', 60],
  ['int64', 'contains', '1', '1'],
])('of %s "%s" %s is asked as it is compared', (type, of, value, told) => {
  expect(asked(type, of, value)).toBe(told);
});

test.each(['text', 'meta:lang', 'a:equals:b', '50%', '%3A', '%253A'])('the column %s is the same in the address', (column) => {
  const columns = [{ column, test: 'min' as const, value: '12:30:max:1%3A' }];
  const address = write({ ...ALL, columns }).toString();
  expect(read(new URLSearchParams(address)).columns).toEqual(columns);
});
