import { useEffect, useRef } from 'react';

export interface Shortcut {
  readonly keys: string;
  readonly does: string;
}

/** All that there are, as the list of `?` shows them. */
export const SHORTCUTS: readonly Shortcut[] = [
  { keys: '?', does: 'Show this list' },
  { keys: '/', does: 'Search what is on the page' },
  { keys: 'd', does: 'Download a dataset' },
  { keys: 'u', does: 'Upload a file' },
  { keys: 'g d', does: 'Go to the datasets' },
  { keys: 'g j', does: 'Go to the jobs' },
  { keys: 'g s', does: 'Go to the storage' },
  { keys: 'z', does: 'Undo what was done last' },
  { keys: 't', does: 'Switch between light and dark' },
  { keys: 'Esc', does: 'Close a dialog, clear a selection' },
];

const TOGETHER_MILLISECONDS = 900;

/** Those that wait for a second key. */
const FIRST: ReadonlySet<string> = new Set(SHORTCUTS.map(({ keys }) => keys.split(' ')).flatMap(([first = '', second]) => (second ? [first] : [])));

/** Runs what a key, or two one after the other, stand for; not while something is typed or a dialog is open. */
export function useShortcuts(actions: Readonly<Record<string, () => void>>): void {
  const newest = useRef(actions);
  useEffect(() => {
    newest.current = actions;
  });
  useEffect(() => {
    let before = '';
    let forget = 0;
    const pressed = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || isBusy(event.target)) return;
      const run = newest.current[before ? `${before} ${event.key}` : event.key];
      window.clearTimeout(forget);
      before = !before && FIRST.has(event.key) ? event.key : '';
      forget = window.setTimeout(() => {
        before = '';
      }, TOGETHER_MILLISECONDS);
      if (!run || event.defaultPrevented) return;
      event.preventDefault();
      run();
    };
    window.addEventListener('keydown', pressed);
    return () => {
      window.clearTimeout(forget);
      window.removeEventListener('keydown', pressed);
    };
  }, []);
}

function isBusy(target: EventTarget | null): boolean {
  const isTyping = target instanceof HTMLElement && target.closest('input:not([type=checkbox]), textarea, select, [contenteditable]');
  return Boolean(isTyping) || document.querySelector('[role=dialog]') !== null;
}
