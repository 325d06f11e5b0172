import { HardDrive } from 'lucide-react';
import { useState } from 'react';
import { Link } from 'wouter';

import { LargestDatasetsDocument, type LargestDatasetsQuery } from '#graphql';

import { useChanges } from '../datasets/AllDatasets';
import { messageOf } from '../service/act';
import { useLiveQuery } from '../service/live-query';
import { bytes, percent } from '../text/format';
import { Button } from '../ui/Button';
import { Nothing } from './Nothing';
import { REST_MILLISECONDS } from './StorageBar';

/** As many as are asked for at once. */
const PAGE = 20;

type Stored = LargestDatasetsQuery['storage']['byDataset'];

const useLargest = (after: string | null) => useLiveQuery(LargestDatasetsDocument, { first: PAGE, after }, useChanges(), REST_MILLISECONDS);

/** What each dataset takes up, the largest first. */
export function Largest() {
  const { data } = useLargest(null);
  if (!data) return <div className="h-24" />;
  const { byDataset } = data.storage;
  if (byDataset.length === 0) return <Nothing icon={<HardDrive className="size-4" />}>No dataset takes up room yet.</Nothing>;
  return (
    <ol className="flex flex-col gap-3">
      <Rows stored={byDataset} most={Math.max(1, ...byDataset.map(({ bytes: size }) => size))} />
    </ol>
  );
}

/** Those of a page and, once they are wanted, those behind it: where one page moves on, the next follows it. */
function Rows({ stored, most }: { stored: Stored; most: number }) {
  const [showsMore, setShowsMore] = useState(false);
  const last = stored.at(-1)?.dataset?.id;
  const hasMore = stored.length === PAGE && last !== undefined;
  return (
    <>
      {stored.map(({ dataset, bytes: size }) => dataset && (
        <li key={dataset.id} className="grid grid-cols-[minmax(0,1fr)_auto] gap-x-3 gap-y-1">
          <Link href={`/datasets/${dataset.id}`} className="truncate py-0.5 hover:underline">
            {dataset.name}
          </Link>
          <span className="text-muted">{bytes(size)}</span>
          <span className="col-span-2 h-1.5 rounded-full bg-raised" aria-hidden>
            <span className="block h-full rounded-full bg-button" style={{ width: percent(size / most) }} />
          </span>
        </li>
      ))}
      {hasMore && showsMore && <More after={last} most={most} />}
      {hasMore && !showsMore && (
        <li className="flex justify-center">
          <Button onClick={() => { setShowsMore(true); }}>Show smaller ones</Button>
        </li>
      )}
    </>
  );
}

function More({ after, most }: { after: string; most: number }) {
  const { data, error } = useLargest(after);
  if (data) return <Rows stored={data.storage.byDataset} most={most} />;
  return <li className="text-muted">{error ? messageOf(error) : 'Smaller ones are on their way…'}</li>;
}
