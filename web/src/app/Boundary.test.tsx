import { act, cleanup, render, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { type ComponentType, Suspense } from 'react';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import { isConnected } from '../service/connection';
import { Boundary } from './Boundary';
import { lazily } from './lazily';

type Loaded = Promise<{ default: ComponentType }>;

const Page = () => <h1>Jobs</h1>;
const comes = (): Loaded => Promise.resolve({ default: Page });
const doesNot = (): Loaded => Promise.reject(new TypeError('Failed to fetch dynamically imported module'));

beforeEach(() => {
  isConnected.set(true);
  vi.spyOn(console, 'error').mockImplementation(() => undefined);
});
afterEach(() => {
  cleanup();
  vi.restoreAllMocks();
});

function at(place: string, Part: ComponentType) {
  return (
    <Boundary place={place}>
      <Suspense>
        <Part />
      </Suspense>
    </Boundary>
  );
}

test('a page that did not come is said to be missing, and comes as soon as the service is back', async () => {
  const load = vi.fn(comes).mockImplementationOnce(doesNot);
  render(at('/jobs', lazily(load)));
  expect(await screen.findByRole('alert')).toBeTruthy();
  act(() => { isConnected.set(false); });
  expect([screen.queryByRole('alert') !== null, load.mock.calls.length]).toEqual([true, 1]);
  act(() => { isConnected.set(true); });
  expect(await screen.findByRole('heading', { name: 'Jobs' })).toBeTruthy();
  expect([screen.queryByRole('alert'), load.mock.calls.length]).toEqual([null, 2]);
});

test('another page is shown whatever became of the one before, and that one is tried anew', async () => {
  const First = lazily(vi.fn(comes).mockImplementationOnce(doesNot));
  const { rerender } = render(at('/jobs', First));
  await screen.findByRole('alert');
  rerender(at('/', () => <h1>Datasets</h1>));
  expect(await screen.findByRole('heading', { name: 'Datasets' })).toBeTruthy();
  rerender(at('/jobs', First));
  expect(await screen.findByRole('heading', { name: 'Jobs' })).toBeTruthy();
});

test('one of an older version is loaded with all that is around it', async () => {
  const reload = vi.spyOn(window.location, 'reload').mockImplementation(() => undefined);
  render(at('/jobs', lazily(doesNot)));
  await userEvent.click(await screen.findByRole('button', { name: 'Load again' }));
  expect(reload).toHaveBeenCalledOnce();
});
