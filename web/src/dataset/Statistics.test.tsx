import { cleanup, render, screen } from '@testing-library/react';
import { Provider } from 'urql';
import { afterEach, expect, test } from 'vitest';
import { fromValue } from 'wonka';

import type { DatasetDetailFragment, SearchIndexStatus } from '#graphql';

import { dataset } from '../test/datasets';
import Statistics from './Statistics';

afterEach(cleanup);

/** Of a dataset whose text column is another one than a while ago. */
function show(status: SearchIndexStatus) {
  const searchIndex = { status, coverage: 0, sizeBytes: null, progress: null };
  const tokenizations = { totalCount: 0, nodes: [], pageInfo: { hasNextPage: false, endCursor: null } };
  const chosen = { ...dataset('READY'), version: 9, textColumn: 'body', searchIndex, tokenizations } as unknown as DatasetDetailFragment;
  const client = { executeQuery: () => fromValue({ data: { dataset: { statistics: null } } }) };
  render(<Provider value={client}><Statistics dataset={chosen} /></Provider>);
  return screen.getByRole('status').textContent;
}

test('words are said to be counted while they are', () => {
  expect(show('BUILDING')).toBe('The words of body are being counted.');
});

test.each<SearchIndexStatus>(['FAILED', 'NONE'])('where the job that counts has ended without words (%s), the page says what to do', (status) => {
  expect(show(status)).toContain('The words of body are not counted');
  expect(screen.getByRole('link', { name: 'jobs' }).getAttribute('href')).toBe('/jobs');
});
