import { type RefObject, useEffect } from 'react';

/** No field for text: the letters of shortcuts would be typed into it. */
const FOCUSABLE = 'a[href], button:not(:disabled), input[type=checkbox]:not(:disabled), [tabindex="0"]';

/**
 * What has the focus may go away, as a filter does that is taken back, or a dataset that is deleted. Then what stands
 * next to its place has it: else the way by keyboard would begin anew at the top of the page.
 */
export function useKeptFocus(place: RefObject<HTMLElement | null>): void {
  useEffect(() => {
    const { current } = place;
    if (current === null) return;
    let last: Node | null = null;
    const come = ({ target }: FocusEvent) => { last = target instanceof Node && current.contains(target) ? target : null; };
    // who clicks beside everything has left it; what was taken away has not been left
    const leave = ({ target }: FocusEvent) => {
      queueMicrotask(() => { if (last === target && last?.isConnected && document.activeElement !== last) last = null; });
    };
    const keep = (changes: readonly MutationRecord[]) => {
      const gone = last;
      if (gone === null || gone.isConnected) return;
      last = null;
      if (document.activeElement !== null && document.activeElement !== document.body) return;
      const change = changes.findLast(({ target, removedNodes }) => target.isConnected && [...removedNodes].some((node) => node.contains(gone)));
      (change ? nextTo(change, current) : current).focus({ preventScroll: true });
    };
    document.addEventListener('focusin', come);
    document.addEventListener('focusout', leave);
    const watcher = new MutationObserver(keep);
    watcher.observe(current, { childList: true, subtree: true });
    return () => {
      watcher.disconnect();
      document.removeEventListener('focusin', come);
      document.removeEventListener('focusout', leave);
    };
  }, [place]);
}

/** What can have the focus behind the place of what went, else before it, else around that; of another page, the page. */
function nextTo({ target, previousSibling }: MutationRecord, page: HTMLElement): HTMLElement {
  let before: Node | null = previousSibling?.parentNode === target ? previousSibling : null;
  for (let around: Node | null = target; around && around !== page; around = around.parentNode) {
    const all: Node[] = [...around.childNodes];
    const at: number = before ? all.indexOf(before) + 1 : 0;
    for (const node of [...all.slice(at), ...all.slice(0, at).toReversed()]) {
      const found = focusableIn(node);
      if (found) return found;
    }
    before = around;
  }
  return page;
}

function focusableIn(node: Node): HTMLElement | null {
  if (!(node instanceof HTMLElement)) return null;
  return node.matches(FOCUSABLE) ? node : node.querySelector<HTMLElement>(FOCUSABLE);
}
