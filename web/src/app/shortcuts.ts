import { useEffect } from 'react';

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
  { keys: 't', does: 'Switch between light and dark' },
  { keys: 'Esc', does: 'Close a dialog, clear a selection' },
];

const TOGETHER_MILLISECONDS = 900;

/** Runs what a key, or two one after the other, stand for; not while something is typed or a dialog is open. */
export function useShortcuts(actions: Readonly<Record<string, () => void>>): void {
  useEffect(() => {
    let before = '';
    let forget = 0;
    const pressed = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || isBusy(event.target)) return;
      const run = actions[`${before} ${event.key}`] ?? actions[event.key];
      window.clearTimeout(forget);
      before = event.key;
      forget = window.setTimeout(() => {
        before = '';
      }, TOGETHER_MILLISECONDS);
      if (!run) return;
      event.preventDefault();
      before = '';
      run();
    };
    window.addEventListener('keydown', pressed);
    return () => {
      window.clearTimeout(forget);
      window.removeEventListener('keydown', pressed);
    };
  }, [actions]);
}

function isBusy(target: EventTarget | null): boolean {
  const isTyping = target instanceof HTMLElement && target.closest('input:not([type=checkbox]), textarea, select, [contenteditable]');
  return Boolean(isTyping) || document.querySelector('[role=dialog]') !== null;
}
