import { createStore } from './store';

/** Whether what is on the screen follows the service; null until it was reached once. */
export const isConnected = createStore<boolean | null>(null);

let reached: boolean | null = null;
const untold = new Set<object>();

/** The connection to the service is there, or is lost. */
export function setReached(now: boolean): void {
  reached = now;
  tell();
}

/** Something is watched of which a service that is reached cannot tell, or no longer so. */
export function setUntold(watched: object, now: boolean): void {
  if (now) untold.add(watched);
  else untold.delete(watched);
  tell();
}

function tell(): void {
  isConnected.set(untold.size > 0 ? false : reached);
}
