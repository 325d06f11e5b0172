import { act, cleanup, fireEvent, render, screen } from '@testing-library/react';
import { afterEach, expect, test, vi } from 'vitest';

import { say } from './toasts';
import { Toasts } from './Toasts';

afterEach(() => {
  cleanup();
  vi.useRealTimers();
});

test.each([
  ['the mouse rests on', (toast: HTMLElement) => { fireEvent.mouseEnter(toast); }, (toast: HTMLElement) => { fireEvent.mouseLeave(toast); }],
  ['the keyboard is at', () => { act(() => { screen.getByRole('button', { name: 'Dismiss' }).focus(); }); }, () => { act(() => { screen.getByRole('button', { name: 'Dismiss' }).blur(); }); }],
])('a toast that %s does not go', (_, come, leave) => {
  vi.useFakeTimers();
  render(<Toasts />);
  act(() => { say('Moved News to the trash.'); });
  const toast = screen.getByText('Moved News to the trash.').parentElement ?? document.body;
  come(toast);
  act(() => { vi.advanceTimersByTime(60_000); });
  expect(screen.queryByText('Moved News to the trash.')).not.toBeNull();
  leave(toast);
  act(() => { vi.advanceTimersByTime(7_000); });
  expect(screen.queryByText('Moved News to the trash.')).toBeNull();
});
