import { act, cleanup, fireEvent, render, screen } from '@testing-library/react';
import { afterEach, expect, test, vi } from 'vitest';

import { SearchField } from './Filters';

afterEach(() => {
  cleanup();
  vi.useRealTimers();
});

test('it is searched a moment after the last letter, however often the page is drawn meanwhile', () => {
  vi.useFakeTimers();
  const onSearch = vi.fn();
  const field = () => <SearchField search="" onSearch={(typed) => { onSearch(typed); }} />;
  const { rerender } = render(field());
  fireEvent.change(screen.getByRole('searchbox'), { target: { value: 'cat' } });
  for (let drawn = 0; drawn < 4; drawn += 1) {
    act(() => { vi.advanceTimersByTime(100); });
    rerender(field());
  }
  expect(onSearch.mock.calls).toEqual([['cat']]);
});
