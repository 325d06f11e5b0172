import { fireEvent, renderHook } from '@testing-library/react';
import { expect, test, vi } from 'vitest';

import { useShortcuts } from './shortcuts';

test('two keys belong together though the page is drawn anew between them, and the second is none by itself', () => {
  const [go, download] = [vi.fn(), vi.fn()];
  const { rerender } = renderHook(() => {
    useShortcuts({ 'g d': () => { go(); } });
    useShortcuts({ d: () => { download(); } });
  });

  fireEvent.keyDown(window, { key: 'g' });
  rerender();
  fireEvent.keyDown(window, { key: 'd' });
  expect([go.mock.calls.length, download.mock.calls.length]).toEqual([1, 0]);

  fireEvent.keyDown(window, { key: 'd' });
  expect([go.mock.calls.length, download.mock.calls.length]).toEqual([1, 1]);
});
