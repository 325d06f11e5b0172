import type { ChangeKind } from '#graphql';

export interface Listed {
  readonly id: string;
}

export interface Change<Item extends Listed> {
  readonly kind: ChangeKind;
  readonly datasets: readonly Item[];
  readonly removedIds: readonly string[];
  /** Whether it is the first after a loss: of a new list that was cut the parts come again. */
  readonly isFirst: boolean;
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
  return runsOf(changes).reduce<LiveList<Item>>((so, run) => {
    const [first] = run;
    const before = first?.isFirst ? { ...so, arriving: null } : so;
    if (first?.kind === 'SNAPSHOT') {
      const arriving = put(before.arriving ?? new Map<string, Item>(), run);
      // of a first list its first part is shown until it is whole: with each further one all would change places
      return before.isWhole || before.items.size > 0 ? { ...before, arriving } : { ...before, arriving, items: arriving };
    }
    if (first?.kind === 'SNAPSHOT_END') {
      return { items: put(before.arriving ?? new Map<string, Item>(), run), isWhole: true, arriving: null };
    }
    return { ...before, items: put(before.items, run) };
  }, list);
}

/** Changes in a row that are made at once: each copy of a list costs as much as the list is long. */
function runsOf<Item extends Listed>(changes: readonly Change<Item>[]): readonly (readonly Change<Item>[])[] {
  const runs: Change<Item>[][] = [];
  for (const change of changes) {
    const run = runs.at(-1);
    if (run && !change.isFirst && placeOf(run[0]) === placeOf(change)) run.push(change);
    else runs.push([change]);
  }
  return runs;
}

/** Those that come into a list and leave it change what stands there. */
const placeOf = (change: { kind: ChangeKind } | undefined) => (change?.kind === 'REMOVED' ? 'UPSERTED' : change?.kind);

function put<Item extends Listed>(items: ReadonlyMap<string, Item>, changes: readonly Change<Item>[]): ReadonlyMap<string, Item> {
  if (changes.every(({ datasets, removedIds }) => datasets.length === 0 && removedIds.length === 0)) return items;
  const found = new Map(items);
  for (const { datasets, removedIds } of changes) {
    for (const item of datasets) found.set(item.id, item);
    for (const id of removedIds) found.delete(id);
  }
  return found;
}
