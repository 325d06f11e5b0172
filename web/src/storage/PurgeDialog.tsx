import { Trash2 } from 'lucide-react';
import { useState } from 'react';

import type { DatasetCardFragment } from '#graphql';

import { useDatasetActions } from '../datasets/use-dataset-actions';
import { bytes, counted } from '../text/format';
import { Button } from '../ui/Button';
import { Dialog } from '../ui/Dialog';
import { Problem } from '../ui/Problem';
import { useFreed } from './freed';

/** Names what would be gone, and how much that frees, before there is no way back. */
export function PurgeDialog({ datasets: meant, onClose }: { datasets: readonly DatasetCardFragment[]; onClose: () => void }) {
  const { purge } = useDatasetActions();
  const [going, setGoing] = useState<readonly DatasetCardFragment[] | null>(null);
  const datasets = going ?? meant;
  const { freed, problem } = useFreed(datasets.map(({ id }) => id));
  const frees = freed === null ? '…' : bytes(datasets.reduce((sum, { id }) => sum + (freed.get(id) ?? 0), 0));
  const of = (id: string) => (freed === null ? '…' : bytes(freed.get(id) ?? 0));
  const [only] = datasets;
  const what = datasets.length === 1 && only ? only.name : counted(datasets.length, 'dataset');
  return (
    <Dialog title={`Remove ${what} for good?`} description={`Frees ${frees} on disk: rows, files, search indexes, and all tokenizations and exports made of them. There is no way back.`} onClose={onClose}>
      <div className="flex flex-col gap-4">
        {datasets.length > 1 && (
          <ul className="max-h-60 overflow-y-auto rounded-lg bg-raised/60 px-4 py-2">
            {datasets.map(({ id, name }) => (
              <li key={id} className="flex justify-between gap-4 py-1">
                <span className="truncate">{name}</span>
                <span className="shrink-0 text-muted">{of(id)}</span>
              </li>
            ))}
          </ul>
        )}
        {problem !== '' && <Problem message={problem} />}
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>Keep</Button>
          <Button
            kind="danger"
            disabled={going !== null || freed === null}
            onClick={() => {
              setGoing(datasets);
              void purge(datasets).then(onClose);
            }}
          >
            <Trash2 aria-hidden /> Remove for good
          </Button>
        </div>
      </div>
    </Dialog>
  );
}
