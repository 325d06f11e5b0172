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

/** Says it in a corner for some seconds; what is said already is said once. */
export function say(text: string, { isWrong = false, ...rest }: Partial<Omit<Toast, 'id' | 'text'>> = {}): void {
  const toast: Toast = { id: ++last, text, isWrong, ...rest };
  toasts.set([...toasts.get().filter((other) => other.text !== text), toast].slice(-MOST));
  setTimeout(() => {
    dismiss(toast.id);
  }, rest.action ? WITH_ACTION_MILLISECONDS : LASTS_MILLISECONDS);
}

export function dismiss(id: number): void {
  toasts.set(toasts.get().filter((toast) => toast.id !== id));
}
