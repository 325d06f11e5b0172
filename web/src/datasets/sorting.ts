import type { DatasetCardFragment, DatasetStatus } from '#graphql';

export type Order = 'used' | 'created' | 'name' | 'size' | 'rows';

type Compare = (one: DatasetCardFragment, other: DatasetCardFragment) => number;

/** Moments in UTC stand in the order of their letters. */
const latest = (one: string | null, other: string | null) => ((one ?? '') < (other ?? '') ? 1 : -1) * Number(one !== other);
const largest = (one: number | null, other: number | null) => (other ?? -1) - (one ?? -1);
const NAMES = new Intl.Collator('en', { numeric: true });

export const ORDERS: Record<Order, { label: string; compare: Compare }> = {
  used: { label: 'Used last', compare: (one, other) => latest(one.lastUsedAt ?? one.createdAt, other.lastUsedAt ?? other.createdAt) },
  created: { label: 'Newest', compare: (one, other) => latest(one.createdAt, other.createdAt) },
  name: { label: 'Name', compare: (one, other) => NAMES.compare(one.name, other.name) },
  size: { label: 'Largest', compare: (one, other) => largest(one.sizeBytes, other.sizeBytes) },
  rows: { label: 'Most rows', compare: (one, other) => largest(one.rowCount, other.rowCount) },
};

export type Group = 'all' | 'ready' | 'working' | 'stopped';

export const GROUPS: Record<Group, { label: string; statuses: readonly DatasetStatus[] | null }> = {
  all: { label: 'All', statuses: null },
  ready: { label: 'Ready', statuses: ['READY'] },
  working: { label: 'In progress', statuses: ['QUEUED', 'DOWNLOADING', 'INGESTING'] },
  stopped: { label: 'Failed or cancelled', statuses: ['FAILED', 'CANCELLED'] },
};

export const isIn = (group: Group, { status }: DatasetCardFragment): boolean => GROUPS[group].statuses?.includes(status) ?? true;

/** Those of a group that have all the tags, in an order; of equal ones the newest first. */
export function arranged(
  datasets: Iterable<DatasetCardFragment>,
  { group, tags, order }: { group: Group; tags: readonly string[]; order: Order },
): readonly DatasetCardFragment[] {
  const { compare } = ORDERS[order];
  return [...datasets]
    .filter((dataset) => isIn(group, dataset) && tags.every((tag) => dataset.tags.includes(tag)))
    .sort((one, other) => compare(one, other) || ORDERS.created.compare(one, other));
}

/** More tags than these are shown when they are wanted. */
export const MOST_TAGS = 12;

type Tags = readonly (readonly [tag: string, uses: number])[];

/** So many of the most used tags, and behind them the chosen ones that are not among them: what is chosen can be given up. */
export function offeredTags(all: Tags, chosen: readonly string[], first = MOST_TAGS): Tags {
  const most = all.slice(0, first);
  const others = chosen.filter((tag) => !most.some(([offered]) => offered === tag));
  return [...most, ...others.map((tag) => [tag, all.find(([name]) => name === tag)?.[1] ?? 0] as const)];
}

/** Every tag with the number of datasets that have it, the most used first. */
export function tagsOf(datasets: Iterable<DatasetCardFragment>): Tags {
  const uses = new Map<string, number>();
  for (const { tags } of datasets) for (const tag of tags) uses.set(tag, (uses.get(tag) ?? 0) + 1);
  return [...uses].sort(([one, many], [other, more]) => more - many || NAMES.compare(one, other));
}
