/** Hands on what came since the last frame, all at once: however much comes, the screen is drawn once a frame. */
export function byFrame<Item>(take: (items: readonly Item[]) => void): { push: (item: Item) => void; stop: () => void } {
  let waiting: Item[] = [];
  let frame: number | null = null;
  const flush = () => {
    frame = null;
    const items = waiting;
    waiting = [];
    take(items);
  };
  return {
    push: (item) => {
      waiting.push(item);
      // a page in the background draws no frames, and yet must not pile up what it is told
      frame ??= document.hidden ? window.setTimeout(flush, 500) : requestAnimationFrame(flush);
    },
    stop: () => {
      if (frame === null) return;
      cancelAnimationFrame(frame);
      window.clearTimeout(frame);
    },
  };
}
