import { createStore } from '../service/store';

/** Ids of datasets on their way out of the list: they are shown no more while the service does what it will not refuse. */
export const leaving = createStore<ReadonlySet<string>>(new Set());

export function leave(ids: readonly string[]): void {
  leaving.set(new Set([...leaving.get(), ...ids]));
}

/** They are shown again where they are in the list: what was to be done is done, or was refused. */
export function settle(ids: Iterable<string>): void {
  const left = new Set(leaving.get());
  for (const id of ids) left.delete(id);
  if (left.size < leaving.get().size) leaving.set(left);
}
