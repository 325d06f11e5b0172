import { createStore } from '../service/store';

export interface Toast {
  readonly id: number;
  readonly text: string;
  readonly isWrong: boolean;
  readonly action?: { readonly label: string; readonly run: () => void };
}

/** More than these are not read: the oldest goes. */
const MOST = 3;
const LASTS_MILLISECONDS = 6_000;
const WITH_ACTION_MILLISECONDS = 12_000;

export const toasts = createStore<readonly Toast[]>([]);
let last = 0;

interface Clock {
  readonly timer: number;
  readonly since: number;
  readonly left: number;
}

/** Of each toast, how long it stays. One that is read or reached for has no clock until it is let go. */
const clocks = new Map<number, Clock>();
const held = new Set<number>();

/** Says it in a corner for some seconds; what is said already is said once, but for what can be undone: each of those is another deed. */
export function say(text: string, { isWrong = false, ...rest }: Partial<Omit<Toast, 'id' | 'text'>> = {}): void {
  const toast: Toast = { id: ++last, text, isWrong, ...rest };
  const others = toasts.get().filter((other) => other.text !== text || other.action !== undefined);
  toasts.set([...others, toast].slice(-MOST));
  start(toast.id, rest.action ? WITH_ACTION_MILLISECONDS : LASTS_MILLISECONDS);
}

function start(id: number, left: number): void {
  clocks.set(id, { timer: window.setTimeout(() => { dismiss(id); }, left), since: performance.now(), left });
}

/** It stays as long as somebody is at it. */
export function hold(id: number): void {
  const clock = clocks.get(id);
  if (!clock || held.has(id)) return;
  held.add(id);
  window.clearTimeout(clock.timer);
  clocks.set(id, { ...clock, left: clock.left - (performance.now() - clock.since) });
}

/** Goes on with what was left of its time. */
export function letGo(id: number): void {
  if (held.delete(id)) start(id, clocks.get(id)?.left ?? 0);
}

export function dismiss(id: number): void {
  window.clearTimeout(clocks.get(id)?.timer);
  clocks.delete(id);
  held.delete(id);
  toasts.set(toasts.get().filter((toast) => toast.id !== id));
}

/** Does what a toast offers, once. */
export function take({ id, action }: Toast): void {
  dismiss(id);
  action?.run();
}

/** Takes back what was done last, of what can still be taken back. */
export function undoNewest(): void {
  const newest = toasts.get().findLast(({ action }) => action?.label === 'Undo');
  if (newest) take(newest);
}
