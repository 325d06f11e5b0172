import { afterEach, expect, test, vi } from 'vitest';

import { byFrame } from './by-frame';

afterEach(() => { vi.restoreAllMocks(); });

function hide(): void {
  vi.spyOn(document, 'hidden', 'get').mockReturnValue(true);
  document.dispatchEvent(new Event('visibilitychange'));
}

test('however much comes between two frames, it is handed on at once and in order', async () => {
  const taken: (readonly number[])[] = [];
  const frames = byFrame<number>((items) => taken.push(items));
  for (let number = 0; number < 250; number += 1) frames.push(number);
  expect(taken).toEqual([]);
  await vi.waitFor(() => { expect(taken).toHaveLength(1); });
  expect(taken[0]).toEqual(Array.from({ length: 250 }, (_, number) => number));
});

test('what was stopped hands nothing on', async () => {
  const take = vi.fn();
  const frames = byFrame(take);
  frames.push(1);
  frames.stop();
  await new Promise((resume) => { requestAnimationFrame(() => { requestAnimationFrame(resume); }); });
  expect(take).not.toHaveBeenCalled();
});

test('what waits for a frame when the page is hidden is handed on at once, and what comes then after a while', async () => {
  vi.spyOn(window, 'requestAnimationFrame').mockReturnValue(7); // a hidden page draws none
  const taken: (readonly number[])[] = [];
  const frames = byFrame<number>((items) => taken.push(items));
  frames.push(1);
  frames.push(2);
  hide();
  expect(taken).toEqual([[1, 2]]);
  frames.push(3);
  await vi.waitFor(() => { expect(taken).toEqual([[1, 2], [3]]); });
});

test('to stop calls off what was asked for, and nothing of others that has the same number', () => {
  const [timer, frame] = [vi.spyOn(window, 'clearTimeout'), vi.spyOn(window, 'cancelAnimationFrame')];
  vi.spyOn(window, 'requestAnimationFrame').mockReturnValue(7);
  const drawn = byFrame<number>(() => undefined);
  drawn.push(1);
  drawn.stop();
  expect([frame.mock.calls, timer.mock.calls]).toEqual([[[7]], []]);

  hide();
  vi.spyOn(window, 'setTimeout').mockReturnValue(8 as unknown as ReturnType<typeof setTimeout>);
  const hidden = byFrame<number>(() => undefined);
  hidden.push(1);
  hidden.stop();
  expect([frame.mock.calls, timer.mock.calls]).toEqual([[[7]], [[8]]]);
});
