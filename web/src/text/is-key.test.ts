import { expect, test } from 'vitest';

import { isKey } from './is-key';

test('what every object has is no name of what an address may ask for', () => {
  const orders = { name: 1, size: 2 };
  expect(['name', 'toString', 'constructor', '', null].map((word) => isKey(orders, word))).toEqual([true, false, false, false, false]);
});
