import { createStore } from '../service/store';

export interface Announcement {
  readonly id: number;
  readonly text: string;
}

/** What comes within this time is said at once, so that nothing cuts off what is being said. */
const COLLECTED_MILLISECONDS = 500;
/** Older ones have been said. */
const KEPT = 10;

/** What a screen reader is to say, one after the other: each is new to it, also where the words are the same. */
export const announcements = createStore<readonly Announcement[]>([]);
let collected: string[] = [];
let last = 0;

export function announce(text: string): void {
  collected.push(text);
  if (collected.length > 1) return;
  setTimeout(() => {
    const told = { id: ++last, text: collected.join('. ') };
    collected = [];
    announcements.set([...announcements.get(), told].slice(-KEPT));
  }, COLLECTED_MILLISECONDS);
}
