import { expect, test, vi } from 'vitest';

import { byFrame } from './by-frame';

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
