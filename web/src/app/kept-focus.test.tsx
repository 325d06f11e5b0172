import { cleanup, fireEvent, render, screen } from '@testing-library/react';
import { useRef, useState } from 'react';
import { afterEach, expect, test, vi } from 'vitest';

import { Filters } from '../dataset/samples/Filters';
import { read, type Wanted } from '../dataset/samples/wanted';
import { useKeptFocus } from './kept-focus';

afterEach(cleanup);

/** The filters of a page, where some are chosen. */
function Page({ asked }: { asked: string }) {
  const place = useRef<HTMLElement>(null);
  const [wanted, setWanted] = useState<Wanted>(() => read(new URLSearchParams(asked)));
  useKeptFocus(place);
  return (
    <main ref={place} tabIndex={-1}>
      <section>
        <Filters wanted={wanted} want={(change) => { setWanted({ ...wanted, ...change }); }} facets={null} columns={['text']} />
      </section>
    </main>
  );
}

const press = (name: string) => {
  const button = screen.getByRole('button', { name });
  button.focus();
  fireEvent.click(button);
};
const reached = async (name: string) => {
  await vi.waitFor(() => { expect(document.activeElement).toBe(screen.getByRole('button', { name })); });
};

test('a filter that is taken back leaves the focus to what comes behind it', async () => {
  render(<Page asked="where=text:contains:cat&where=text:contains:dog" />);
  press('Remove the filter text contains cat');
  await reached('Remove the filter text contains dog');
  press('Remove the filter text contains dog');
  await reached('Filter by a column');
});

test('a filter that was added has the focus', async () => {
  render(<Page asked="" />);
  press('Filter by a column');
  fireEvent.change(screen.getByLabelText('Value'), { target: { value: 'cat' } });
  screen.getByLabelText('Value').focus();
  fireEvent.submit(screen.getByLabelText('Value'));
  await reached('Remove the filter text contains cat');
});

test('what was left before it went away is not gone after', async () => {
  render(<Page asked="where=text:contains:cat" />);
  const pill = screen.getByRole('button', { name: 'Remove the filter text contains cat' });
  pill.focus();
  pill.blur();
  await Promise.resolve();
  fireEvent.click(pill);
  await new Promise((resolve) => setTimeout(resolve));
  expect(document.activeElement).toBe(document.body);
});
