import { act, cleanup, render, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { Provider } from 'urql';
import { afterEach, expect, test, vi } from 'vitest';

import type { DatasetCardFragment } from '#graphql';

import { createStore, useStore } from '../service/store';
import { dataset } from '../test/datasets';
import StoragePage from './StoragePage';

const trash = vi.hoisted(() => ({ useTrash: (): unknown => null }));
vi.mock('../datasets/AllDatasets', () => ({ useTrash: () => trash.useTrash() }));
vi.mock('./StorageBar', () => ({ useStorage: () => null }));
vi.mock('./Largest', () => ({ Largest: () => null }));

afterEach(cleanup);

/** The page of a service with this in the trash, until it has something else there, and what it is asked to do. */
function show(...datasets: DatasetCardFragment[]) {
  const there = createStore<readonly DatasetCardFragment[]>(datasets);
  const useShown = () => ({ list: { items: new Map(useStore(there).map((each) => [each.id, each])), isWhole: true, arriving: null }, wrong: '', again: () => undefined });
  trash.useTrash = useShown;
  const asked: unknown[] = [];
  const mutation = (_: unknown, { input }: { input: unknown }) => {
    asked.push(input);
    return { toPromise: () => Promise.resolve({ data: { asked: { errors: [] } } }) };
  };
  const stored = { data: { storage: { byDataset: [] } } };
  render(<Provider value={{ mutation, query: () => ({ toPromise: () => Promise.resolve(stored) }) }}><StoragePage /></Provider>);
  return { asked, becomes: (...others: DatasetCardFragment[]) => { act(() => { there.set(others); }); } };
}

const press = (name: string) => userEvent.click(screen.getByRole('button', { name }));

test('what somebody restores while the trash is about to be emptied is not removed with it', async () => {
  const [gone, kept] = ['Gone', 'Kept'].map((name) => dataset('TRASHED', { name })) as [DatasetCardFragment, DatasetCardFragment];
  const { asked, becomes } = show(gone, kept);
  await press('Empty the trash');
  expect(screen.getByRole('dialog', { name: 'Remove 2 datasets for good?' })).toBeTruthy();
  becomes({ ...gone, version: 2 });
  expect(screen.getByRole('dialog', { name: 'Remove Gone for good?' })).toBeTruthy();
  await press('Remove for good');
  expect(asked).toMatchObject([{ datasetId: gone.id, purge: true, expectedVersion: 2 }]);
});

test('where nothing is left to remove, nothing is asked any more, also not once it is in the trash again', async () => {
  const old = dataset('TRASHED', { name: 'Old' });
  const { becomes } = show(old);
  await press('Remove for good: Old');
  becomes();
  expect(screen.queryByRole('dialog')).toBeNull();
  becomes(old);
  expect(screen.queryByRole('dialog')).toBeNull();
});
