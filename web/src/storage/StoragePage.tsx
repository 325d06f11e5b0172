import { RotateCcw, Trash2 } from 'lucide-react';
import { useState } from 'react';

import { useTitle } from '../app/use-title';
import { useTrash } from '../datasets/AllDatasets';
import type { Watched } from '../datasets/live';
import { Refused } from '../datasets/Refused';
import { sourceLine } from '../datasets/source';
import { LABELS } from '../datasets/status';
import { useDatasetActions } from '../datasets/use-dataset-actions';
import { bytes } from '../text/format';
import { Badge } from '../ui/Badge';
import { Button } from '../ui/Button';
import { Figures, Panel } from '../ui/Panel';
import { Progress } from '../ui/Progress';
import { KINDS } from './kinds';
import { Largest } from './Largest';
import { Nothing } from './Nothing';
import { PurgeDialog } from './PurgeDialog';
import { Room, type StorageFigures, useStorage } from './StorageBar';

/** What takes up room, and what could be had back. */
export default function StoragePage() {
  useTitle('Storage');
  const storage = useStorage();
  const trash = useTrash();
  return (
    <div className="flex flex-col gap-4">
      <h1 className="text-xl font-semibold tracking-tight">Storage</h1>
      <Panel title="Room">{storage ? <Whole storage={storage} /> : <div className="h-70 sm:h-26" />}</Panel>
      <Trash {...trash} />
      <Panel title="By dataset"><Largest /></Panel>
    </div>
  );
}

function Whole({ storage }: { storage: StorageFigures }) {
  const { usedBytes, freeBytes, reservedBytes, trashedBytes, totalBytes, byKind } = storage;
  return (
    <>
      <div className="flex">
        <Room storage={storage} />
      </div>
      <Figures
        figures={[
          ['Used', bytes(usedBytes)],
          ['of it in the trash', bytes(trashedBytes)],
          ['Promised to work', bytes(reservedBytes)],
          ['Free', bytes(freeBytes)],
          ['In all', bytes(totalBytes)],
        ]}
      />
      <dl className="flex flex-wrap gap-x-6 gap-y-1 text-xs">
        {byKind.map(({ kind, bytes: size }) => (
          <div key={kind} className="flex gap-1.5">
            <dt>{KINDS[kind]}</dt>
            <dd className="text-muted">{bytes(size)}</dd>
          </div>
        ))}
      </dl>
    </>
  );
}

function Trash({ list, wrong, again }: Watched) {
  const datasets = [...list.items.values()];
  const { restore } = useDatasetActions();
  const [asks, setAsks] = useState<readonly string[]>([]);
  const removable = datasets.filter(({ status }) => status === 'TRASHED');
  // what somebody else has restored meanwhile is not removed
  const asked = removable.filter(({ id }) => asks.includes(id));
  if (asks.length > 0 && asked.length === 0) setAsks([]);
  return (
    <Panel
      title="Trash"
      aside={
        removable.length > 0 && (
          <Button kind="danger" onClick={() => { setAsks(removable.map(({ id }) => id)); }}>
            <Trash2 /> Empty the trash
          </Button>
        )
      }
    >
      {wrong !== '' && <Refused message={wrong} onAgain={again} />}
      {list.isWhole && datasets.length === 0 && <Nothing icon={<Trash2 className="size-4" />}>The trash is empty.</Nothing>}
      <ul className="divide-y divide-line empty:hidden">
        {datasets.map((dataset) => (
          <li key={dataset.id} className="grid min-h-16 grid-cols-[minmax(0,1fr)_auto] items-center gap-3 py-2">
            <div className="min-w-0">
              <p className="truncate font-medium">{dataset.name}</p>
              <p className="truncate text-xs text-muted">
                {sourceLine(dataset.source)}
                {dataset.sizeBytes !== null && ` · ${bytes(dataset.sizeBytes)}`}
              </p>
            </div>
            {dataset.status === 'TRASHED' ? (
              <div className="flex gap-2">
                <Button aria-label={`Restore ${dataset.name}`} onClick={() => void restore([dataset])}>
                  <RotateCcw /> Restore
                </Button>
                <Button kind="danger" aria-label={`Remove for good: ${dataset.name}`} onClick={() => { setAsks([dataset.id]); }}>
                  <Trash2 /> <span className="hidden sm:inline">Remove for good</span>
                </Button>
              </div>
            ) : (
              <div className="w-48">
                {dataset.progress ? <Progress label={`Removing ${dataset.name}`} progress={dataset.progress} /> : <Badge tone={LABELS.PURGING.tone}>{LABELS.PURGING.label}</Badge>}
              </div>
            )}
          </li>
        ))}
      </ul>
      {asked.length > 0 && <PurgeDialog datasets={asked} onClose={() => { setAsks([]); }} />}
    </Panel>
  );
}
