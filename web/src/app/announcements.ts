import { createStore } from '../service/store';

/** What a screen reader is to say next. */
export const announcement = createStore('');

export function announce(text: string): void {
  announcement.set(text);
}
