import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import { dismiss, say, toasts } from './toasts';

beforeEach(() => {
  vi.useFakeTimers();
  toasts.set([]);
});

afterEach(() => {
  vi.useRealTimers();
});

const said = () => toasts.get().map(({ text }) => text);

test('toasts do not pile up: three at most, and the same one once', () => {
  for (const text of ['a', 'b', 'c', 'd', 'c']) say(text);
  expect(said()).toEqual(['b', 'd', 'c']);
});

test('one goes by itself, later where something can be undone, and at once when it is dismissed', () => {
  say('plain');
  say('undo', { action: { label: 'Undo', run: () => undefined } });
  vi.advanceTimersByTime(7_000);
  expect(said()).toEqual(['undo']);
  dismiss(toasts.get()[0]?.id ?? 0);
  expect(said()).toEqual([]);
});
