import { Binary, Trash2, X } from 'lucide-react';
import { useState } from 'react';

import type { DatasetCardFragment } from '#graphql';

import { lazily } from '../app/lazily';
import { bytes, counted } from '../text/format';
import { Button, IconButton } from '../ui/Button';
import { LABELS } from './status';
import { useDatasetActions } from './use-dataset-actions';

const TokenizeDialog = lazily(() => import('../dataset/tokenizations/TokenizeDialog'));

/** What can be done with several datasets at once. */
export function SelectionBar({ datasets, onClear }: { datasets: readonly DatasetCardFragment[]; onClear: () => void }) {
  const { remove } = useDatasetActions();
  const [asks, setAsks] = useState(false);
  if (datasets.length === 0) return null;
  const isReady = datasets.every(({ status }) => status === 'READY');
  const isBusy = datasets.some(({ status }) => LABELS[status].isWorking);
  const size = datasets.reduce((sum, { sizeBytes }) => sum + (sizeBytes ?? 0), 0);
  return (
    <div
      role="toolbar"
      aria-label="Selected datasets"
      data-stands-below
      className="fixed inset-x-3 bottom-3 z-20 mx-auto flex max-w-xl flex-wrap items-center gap-x-3 gap-y-1 rounded-xl border border-edge bg-surface p-2 pl-4 shadow-xl"
    >
      <span className="w-full grow sm:w-auto">
        {counted(datasets.length, 'dataset')} · {bytes(size)}
      </span>
      <Button disabled={!isReady} title={isReady ? undefined : 'Only ready ones can be tokenized'} onClick={() => { setAsks(true); }}>
        <Binary /> Tokenize
      </Button>
      <Button
        kind="danger"
        disabled={isBusy}
        title={isBusy ? 'Cancel those that are in progress first' : undefined}
        onClick={() => {
          onClear();
          void remove(datasets);
        }}
      >
        <Trash2 /> Delete
      </Button>
      <IconButton label="Clear the selection" onClick={onClear}>
        <X />
      </IconButton>
      {asks && <TokenizeDialog datasets={datasets} onClose={() => { setAsks(false); }} onDone={onClear} />}
    </div>
  );
}
