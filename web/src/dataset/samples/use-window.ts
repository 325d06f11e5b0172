import { type RefObject, useCallback, useEffect, useRef, useState } from 'react';

/** Browsers lay out no more than some 17 million px: a longer list is scrolled through at a larger step. */
const MOST_PIXELS = 8_000_000;
const OVERSCAN = 4;
/** px at both ends of a longer list that are as long as they are scrolled, so that its ends are reached as any others. */
const EDGE = 100_000;
/** Who scrolls on by less than these px reads; further is a jump, as by the bar. */
const JUMP = 5_000;
const REST_MILLISECONDS = 150;

/** How what is scrolled stands for a list. */
export interface Scale {
  /** px of the list as it is scrolled. */
  readonly height: number;
  /** px of the list above the first row in view after a jump to `scrolled`. */
  readonly topAt: (scrolled: number) => number;
  /** The place to scroll to for a jump to `top`. */
  readonly placeOf: (top: number) => number;
  readonly mostScrolled: number;
  readonly mostTop: number;
}

/** A list that fits is laid out as it is; a longer one is as high as can be: TanStack Virtual has no such scale. */
export function scaleOf(count: number, rowHeight: number, viewHeight: number): Scale {
  const full = count * rowHeight;
  const height = Math.min(full, MOST_PIXELS);
  const [mostTop, mostScrolled] = [Math.max(0, full - viewHeight), Math.max(0, height - viewHeight)];
  const factor = height < full ? (mostTop - 2 * EDGE) / (mostScrolled - 2 * EDGE) : 1;
  const between = (from: number, most: number, to: number, mostTo: number, step: number) => {
    if (from < EDGE || step === 1) return from;
    return from > most - EDGE ? mostTo - (most - from) : to + (from - EDGE) * step;
  };
  return {
    height,
    topAt: (scrolled) => between(scrolled, mostScrolled, EDGE, mostTop, factor),
    placeOf: (top) => between(top, mostTop, EDGE, mostScrolled, 1 / factor),
    mostScrolled,
    mostTop,
  };
}

/** Where one is in a list: what is scrolled, and the px of the list above what is in view. */
export interface Place {
  readonly scrolled: number;
  readonly top: number;
}

/** Where one is after scrolling: as far on as was scrolled, unless it was a jump. */
export function movedTo({ scrolled: before, top }: Place, scrolled: number, scale: Scale): Place {
  const step = scrolled - before;
  return { scrolled, top: Math.abs(step) < JUMP ? Math.min(Math.max(0, top + step), scale.mostTop) : scale.topAt(scrolled) };
}

/** Whether nothing is left to scroll though the list goes on. */
export function isStuck({ scrolled, top }: Place, { mostScrolled, mostTop }: Scale): boolean {
  return (scrolled <= 0 && top > 0) || (scrolled >= mostScrolled && top < mostTop);
}

export interface Window {
  readonly first: number;
  readonly last: number;
  /** px from the top of what is scrolled at which a row stands. */
  readonly topOf: (row: number) => number;
}

/** Which of very many rows of one height are in view. */
export function windowOf(count: number, rowHeight: number, viewHeight: number, { scrolled, top }: Place): Window {
  return {
    first: Math.max(0, Math.floor(top / rowHeight) - OVERSCAN),
    last: Math.min(count - 1, Math.ceil((top + viewHeight) / rowHeight) + OVERSCAN),
    topOf: (row) => scrolled + row * rowHeight - top,
  };
}

interface Shown extends Window {
  readonly height: number;
  readonly go: (row: number) => void;
}

/** The rows in view of a list that is scrolled in `at`. */
export function useWindow(at: RefObject<HTMLElement | null>, count: number, rowHeight: number): Shown {
  const [{ place, viewHeight }, setSeen] = useState({ place: { scrolled: 0, top: 0 }, viewHeight: 600 });
  const newest = useRef(place);
  const show = useCallback((element: HTMLElement, next: Place) => {
    newest.current = next;
    setSeen({ place: next, viewHeight: element.clientHeight });
  }, []);
  const jump = useCallback((element: HTMLElement, top: number) => {
    element.scrollTop = scaleOf(count, rowHeight, element.clientHeight).placeOf(top);
    show(element, { scrolled: element.scrollTop, top });
  }, [count, rowHeight, show]);
  useEffect(() => {
    const { current } = at;
    if (current === null) return;
    let rest = 0;
    const look = () => {
      const scale = scaleOf(count, rowHeight, current.clientHeight);
      const next = movedTo(newest.current, current.scrollTop, scale);
      // the bar says where one is once nobody is at it
      const settle = () => { if (Math.abs(scale.placeOf(next.top) - next.scrolled) > 1) jump(current, next.top); };
      window.clearTimeout(rest);
      show(current, next);
      if (isStuck(next, scale)) settle();
      else rest = window.setTimeout(settle, REST_MILLISECONDS);
    };
    look();
    current.addEventListener('scroll', look, { passive: true });
    const watcher = new ResizeObserver(look);
    watcher.observe(current);
    return () => {
      window.clearTimeout(rest);
      current.removeEventListener('scroll', look);
      watcher.disconnect();
    };
  }, [at, count, rowHeight, show, jump]);
  const go = (row: number) => { if (at.current) jump(at.current, Math.min(row * rowHeight, Math.max(0, count * rowHeight - at.current.clientHeight))); };
  return { ...windowOf(count, rowHeight, viewHeight, place), height: Math.min(count * rowHeight, MOST_PIXELS), go };
}
