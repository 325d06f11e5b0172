import { cleanup, render, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { Provider } from 'urql';
import { afterEach, expect, test } from 'vitest';

import type { DatasetDetailFragment, DescribeDatasetInput } from '#graphql';

import { dataset } from '../test/datasets';
import { DescribeDialog } from './DescribeDialog';

afterEach(cleanup);

test('only what was changed here is told, so nothing is taken back that somebody else says meanwhile', async () => {
  const inputs: DescribeDatasetInput[] = [];
  const mutation = (_document: unknown, { input }: { input: DescribeDatasetInput }) => {
    inputs.push(input);
    return { toPromise: () => Promise.resolve({ data: { describeDataset: { errors: [] } } }) };
  };
  const columns = ['text', 'body'].map((name) => ({ name, type: 'string', isText: true }));
  const opened = { ...dataset('READY', { id: 'd', name: 'Old' }), notes: null, language: null, textColumn: 'text', columns } as unknown as DatasetDetailFragment;
  const of = (shown: DatasetDetailFragment) => <Provider value={{ mutation }}><DescribeDialog dataset={shown} onClose={() => undefined} /></Provider>;
  const { rerender } = render(of(opened));
  await userEvent.type(screen.getByLabelText('Name'), '!');
  rerender(of({ ...opened, notes: 'of others', language: 'english', textColumn: 'body', tags: ['theirs'] }));
  await userEvent.click(screen.getByRole('button', { name: 'Keep' }));
  const told = inputs.flatMap((input) => Object.entries(input)).filter(([field]) => field !== 'idempotencyKey');
  expect(told).toEqual([['datasetId', 'd'], ['name', 'Old!']]);
});
