import { type RefObject, useEffect, useState } from 'react';

/** Browsers lay out no more than some 17 million px: a longer list is scrolled through at a larger step. */
const MOST_PIXELS = 8_000_000;
const OVERSCAN = 4;

export interface Window {
  /** px of the whole list as it is scrolled. */
  readonly height: number;
  readonly first: number;
  readonly last: number;
  /** px from the top of the list at which a row stands. */
  readonly topOf: (row: number) => number;
  /** px to scroll to so that a row is the first one. */
  readonly placeOf: (row: number) => number;
}

/**
 * Which of very many rows of one height are in view. A list that fits is laid out as it is; a longer one is as high
 * as can be, and its rows stand where the window is: TanStack Virtual has no such scale.
 */
export function windowOf(count: number, rowHeight: number, viewHeight: number, scrolled: number): Window {
  const full = count * rowHeight;
  const height = Math.min(full, MOST_PIXELS);
  const scale = height > viewHeight ? (full - viewHeight) / (height - viewHeight) : 1;
  const top = scrolled * scale;
  const first = Math.max(0, Math.floor(top / rowHeight) - OVERSCAN);
  const last = Math.min(count - 1, Math.ceil((top + viewHeight) / rowHeight) + OVERSCAN);
  return {
    height,
    first,
    last,
    topOf: (row) => scrolled + row * rowHeight - top,
    placeOf: (row) => (row * rowHeight) / scale,
  };
}

export function useWindow(place: RefObject<HTMLElement | null>, count: number, rowHeight: number): Window {
  const [{ scrolled, viewHeight }, setSeen] = useState({ scrolled: 0, viewHeight: 600 });
  useEffect(() => {
    const { current } = place;
    if (current === null) return;
    let frame = 0;
    const look = () => {
      cancelAnimationFrame(frame);
      frame = requestAnimationFrame(() => { setSeen({ scrolled: current.scrollTop, viewHeight: current.clientHeight }); });
    };
    look();
    current.addEventListener('scroll', look, { passive: true });
    const watcher = new ResizeObserver(look);
    watcher.observe(current);
    return () => {
      cancelAnimationFrame(frame);
      current.removeEventListener('scroll', look);
      watcher.disconnect();
    };
  }, [place]);
  return windowOf(count, rowHeight, viewHeight, scrolled);
}
