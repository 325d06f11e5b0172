import { cleanup, render, screen } from '@testing-library/react';
import { afterEach, expect, test } from 'vitest';

import { DownloadChoices, NO_CHOICES } from './DownloadChoices';
import type { Repository } from './use-look';

afterEach(cleanup);

const split = (name: string) => ({ name, fileCount: 1, sizeBytes: 10 });
const config = (name: string, splitCount: number) => ({ name, isDefault: name === 'a', sizeBytes: 20, splitCount, splits: [split('train'), split('test')] });

function show(configCount: number, splitCount: number) {
  const known = { repository: 'acme/large', commit: null, gated: null, private: null, accessible: true, license: null, sizeBytes: 40, freeBytes: 100, existing: [], error: null };
  const repository: Repository = { ...known, configCount, configs: [config('a', splitCount), config('b', 2)] };
  render(<DownloadChoices repository={repository} choices={NO_CHOICES} onChange={() => undefined} wrong={[]} />);
  return screen.queryAllByText(/^These are the first/).map(({ textContent }) => textContent);
}

test('parts and splits that are not all told of say so', () => {
  expect(show(1_234, 60)).toEqual([
    'These are the first 2 of 1,234 parts: others are downloaded by the API.',
    'These are the first 2 of 60 splits: others are downloaded by the API.',
  ]);
});

test('where all are told of, nothing is said', () => {
  expect(show(2, 2)).toEqual([]);
});
