import { createStore } from '../service/store';

/** Whether the form for a download is open: it can be asked for on every page. */
export const asksDownload = createStore(false);

export function askForDownload(): void {
  asksDownload.set(true);
}
