import { Trash2 } from 'lucide-react';
import { useState } from 'react';
import { useQuery } from 'urql';

import { type DatasetCardFragment, PurgeFiguresDocument } from '#graphql';

import { useDatasetActions } from '../datasets/use-dataset-actions';
import { bytes, counted } from '../text/format';
import { Button } from '../ui/Button';
import { Dialog } from '../ui/Dialog';

/** The service tells the bytes of so many at once. */
const MOST_TOLD = 100;

/** Names what would be gone, and how much that frees, before there is no way back. */
export function PurgeDialog({ datasets, onClose }: { datasets: readonly DatasetCardFragment[]; onClose: () => void }) {
  const { purge } = useDatasetActions();
  const [isBusy, setIsBusy] = useState(false);
  const { frees, of } = useFreed(datasets);
  const [only] = datasets;
  const what = datasets.length === 1 && only ? only.name : counted(datasets.length, 'dataset');
  return (
    <Dialog title={`Remove ${what} for good?`} description={`Frees ${frees} on disk: rows, files, search indexes, and all tokenizations and exports made of them. There is no way back.`} onClose={onClose}>
      {datasets.length > 1 && (
        <ul className="mb-4 max-h-60 overflow-y-auto rounded-lg bg-raised/60 px-4 py-2">
          {datasets.map(({ id, name }) => (
            <li key={id} className="flex justify-between gap-4 py-1">
              <span className="truncate">{name}</span>
              <span className="shrink-0 text-muted">{of(id)}</span>
            </li>
          ))}
        </ul>
      )}
      <div className="flex justify-end gap-2">
        <Button onClick={onClose}>Keep</Button>
        <Button
          kind="danger"
          disabled={isBusy}
          onClick={() => {
            setIsBusy(true);
            void purge(datasets).then(onClose);
          }}
        >
          <Trash2 aria-hidden /> Remove for good
        </Button>
      </div>
    </Dialog>
  );
}

/** What lies on disk of them, together and of each; more than can be told at once are all that is in the trash. */
function useFreed(datasets: readonly DatasetCardFragment[]): { frees: string; of: (id: string) => string } {
  const ids = datasets.slice(0, MOST_TOLD).map(({ id }) => id);
  const [{ data }] = useQuery({ query: PurgeFiguresDocument, variables: { ids }, requestPolicy: 'network-only' });
  if (!data) return { frees: '…', of: () => '…' };
  const { byDataset, trashedBytes } = data.storage;
  const sizes = new Map(byDataset.map(({ dataset, bytes: size }) => [dataset?.id, size]));
  const frees = datasets.length > MOST_TOLD ? trashedBytes : byDataset.reduce((sum, { bytes: size }) => sum + size, 0);
  return { frees: bytes(frees), of: (id) => (ids.includes(id) ? bytes(sizes.get(id) ?? 0) : '–') };
}
