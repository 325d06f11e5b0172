import type { ChangeKind } from '#graphql';

export interface Listed {
  readonly id: string;
}

export interface Change<Item extends Listed> {
  readonly kind: ChangeKind;
  readonly datasets: readonly Item[];
  readonly removedIds: readonly string[];
}

/** A list that is watched: what is shown, and the parts of a new one, which takes its place once it is whole. */
export interface LiveList<Item extends Listed> {
  readonly items: ReadonlyMap<string, Item>;
  readonly isWhole: boolean;
  readonly arriving: ReadonlyMap<string, Item> | null;
}

export function emptyList<Item extends Listed>(): LiveList<Item> {
  return { items: new Map(), isWhole: false, arriving: null };
}

/** The list after some changes, in their order; the very same where they change nothing. */
export function afterChanges<Item extends Listed>(list: LiveList<Item>, changes: readonly Change<Item>[]): LiveList<Item> {
  return changes.reduce(afterChange, list);
}

function afterChange<Item extends Listed>(list: LiveList<Item>, change: Change<Item>): LiveList<Item> {
  if (change.kind === 'SNAPSHOT') {
    const arriving = put(list.arriving ?? new Map<string, Item>(), change);
    // a first list is shown as it comes; a later one in place of the one that stands there
    return list.isWhole ? { ...list, arriving } : { ...list, arriving, items: arriving };
  }
  if (change.kind === 'SNAPSHOT_END') {
    return { items: put(list.arriving ?? new Map<string, Item>(), change), isWhole: true, arriving: null };
  }
  return { ...list, items: put(list.items, change) };
}

function put<Item extends Listed>(items: ReadonlyMap<string, Item>, change: Change<Item>): ReadonlyMap<string, Item> {
  if (change.datasets.length === 0 && change.removedIds.length === 0) return items;
  const found = new Map(items);
  for (const item of change.datasets) found.set(item.id, item);
  for (const id of change.removedIds) found.delete(id);
  return found;
}
