const HIDDEN_MILLISECONDS = 500;

/** Hands on what came since the last frame, all at once: however much comes, the screen is drawn once a frame. */
export function byFrame<Item>(take: (items: readonly Item[]) => void): { push: (item: Item) => void; stop: () => void } {
  let waiting: Item[] = [];
  let callOff: (() => void) | null = null;
  const stop = () => {
    callOff?.();
    callOff = null;
  };
  const flush = () => {
    stop();
    const items = waiting;
    waiting = [];
    take(items);
  };
  return {
    push: (item) => {
      waiting.push(item);
      callOff ??= soon(flush);
    },
    stop,
  };
}

/**
 * Runs it with the next frame. A page in the background draws none, and yet must not pile up what it is told: there it
 * is run after a while, and what waits for a frame when the page is hidden is run then.
 */
function soon(run: () => void): () => void {
  const isHidden = document.hidden;
  const number = isHidden ? window.setTimeout(run, HIDDEN_MILLISECONDS) : requestAnimationFrame(run);
  document.addEventListener('visibilitychange', run);
  return () => {
    if (isHidden) window.clearTimeout(number);
    else cancelAnimationFrame(number);
    document.removeEventListener('visibilitychange', run);
  };
}
