import { expect, test } from 'vitest';

import { dataset } from '../test/datasets';
import { statusChanges } from './AllDatasets';
import type { LiveDatasets } from './live';

const list = (...datasets: ReturnType<typeof dataset>[]): LiveDatasets => ({ items: new Map(datasets.map((of) => [of.id, of])), isWhole: true, arriving: null });

test('a new status is told, progress is not', () => {
  const before = dataset('DOWNLOADING', { name: 'News' });
  const further = { ...before, progress: null };
  expect(statusChanges(list(before), list(further))).toEqual([]);
  expect(statusChanges(list(before), list({ ...before, status: 'READY' }))).toEqual(['News: Ready']);
});

test('a first list is not read out', () => {
  expect(statusChanges({ ...list(), isWhole: false }, list(dataset('READY')))).toEqual([]);
});
