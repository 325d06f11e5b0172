import { Link } from 'wouter';

import { StorageFiguresDocument, type StorageFiguresQuery } from '#graphql';

import { useChanges } from '../datasets/AllDatasets';
import { useLiveQuery } from '../service/live-query';
import { bytes } from '../text/format';

/** Room changes slowly, and is counted over all that is here. */
export const REST_MILLISECONDS = 4_000;

export type StorageFigures = StorageFiguresQuery['storage'];

export function useStorage(): StorageFigures | null {
  const { data } = useLiveQuery(StorageFiguresDocument, {}, useChanges(), REST_MILLISECONDS);
  return data?.storage ?? null;
}

/** How full it is, in a line. It has its height before it knows. */
export function StorageBar() {
  const storage = useStorage();
  return (
    <Link href="/storage" className="flex h-9 items-center gap-3 rounded-lg text-xs text-muted hover:text-ink">
      <span className="sr-only">Storage: </span>
      {storage && (
        <>
          <Room storage={storage} />
          <span className="shrink-0">
            {bytes(storage.usedBytes)} used
            {storage.reservedBytes > 0 && ` · ${bytes(storage.reservedBytes)} promised`}
            <span className="hidden sm:inline"> · {bytes(storage.freeBytes)} free</span>
          </span>
        </>
      )}
    </Link>
  );
}

/** Used, promised and free, as they share the whole. */
export function Room({ storage: { usedBytes, trashedBytes, reservedBytes, freeBytes } }: { storage: StorageFigures }) {
  const kept = Math.max(0, usedBytes - trashedBytes);
  return (
    <span className="flex h-2 min-w-0 grow gap-px overflow-hidden rounded-full bg-raised" aria-hidden>
      <span className="min-w-1 bg-button" style={{ flexGrow: kept }} />
      <span className="bg-slate-400" style={{ flexGrow: trashedBytes }} />
      <span className="bg-sky-500" style={{ flexGrow: reservedBytes }} />
      <span style={{ flexGrow: freeBytes }} />
    </span>
  );
}
