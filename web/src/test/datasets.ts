import type { DatasetCardFragment, DatasetStatus, ProgressPartsFragment } from '#graphql';

type Parts = Partial<DatasetCardFragment>;

let made = 0;

const progress: ProgressPartsFragment = {
  fraction: 0.25,
  done: 25_000_000,
  total: 100_000_000,
  unit: 'BYTES',
  ratePerSecond: 5_000_000,
  secondsLeft: 15,
  updatedAt: '2026-05-01T12:00:00Z',
};

const OF_STATUS: Record<DatasetStatus, Parts> = {
  QUEUED: {},
  DOWNLOADING: { progress },
  INGESTING: { progress: { ...progress, unit: 'ROWS', done: 500, total: 2_000, ratePerSecond: 100 } },
  READY: { rowCount: 1_234, sizeBytes: 5_600_000 },
  FAILED: { error: { code: 'HUB_UNAVAILABLE', message: 'The Hub cannot be reached: retry later.', retryable: true } },
  CANCELLED: {},
  TRASHED: { rowCount: 1_234, sizeBytes: 5_600_000 },
  PURGING: { progress: { ...progress, unit: 'PIECES' } },
};

/** A dataset as the service tells of it, in any state. */
export function dataset(status: DatasetStatus, parts: Parts = {}): DatasetCardFragment {
  made += 1;
  return {
    id: `dataset-${String(made)}`,
    name: `dataset ${String(made)}`,
    status,
    version: 1,
    createdAt: '2026-05-01T12:00:00Z',
    lastUsedAt: null,
    tags: [],
    sizeBytes: null,
    rowCount: null,
    source: { __typename: 'HubSource', repository: 'acme/english', config: null, splits: null, files: null, maxRows: null, maxBytes: null },
    progress: null,
    error: null,
    ...OF_STATUS[status],
    ...parts,
  };
}
