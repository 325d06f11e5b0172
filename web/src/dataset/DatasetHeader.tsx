import { Pencil, RotateCcw, Trash2, X } from 'lucide-react';
import { useState } from 'react';

import type { DatasetDetailFragment } from '#graphql';

import { sourceLine } from '../datasets/source';
import { useRetry } from '../datasets/RetryDialog';
import { LABELS } from '../datasets/status';
import { useDatasetActions } from '../datasets/use-dataset-actions';
import { Badge } from '../ui/Badge';
import { Button } from '../ui/Button';
import { Problem } from '../ui/Problem';
import { Progress } from '../ui/Progress';
import { DescribeDialog } from './DescribeDialog';

/** What a dataset is called, where it stands, and what can be done with it. */
export function DatasetHeader({ dataset }: { dataset: DatasetDetailFragment }) {
  const { name, status, progress, error, tags, source } = dataset;
  const { label, tone, icon, isWorking } = LABELS[status];
  return (
    <header className="flex flex-col gap-3">
      <div className="flex flex-wrap items-center gap-3">
        <h1 className="min-w-0 truncate text-xl font-semibold tracking-tight" title={name}>
          {name}
        </h1>
        <Badge tone={tone} icon={icon}>
          {label}
        </Badge>
        <Actions dataset={dataset} />
      </div>
      <p className="flex flex-wrap gap-x-3 gap-y-1 text-muted">
        <span>{sourceLine(source)}</span>
        {tags.map((tag) => (
          <span key={tag}>#{tag}</span>
        ))}
      </p>
      {isWorking && <Progress label={`${label} ${name}`} progress={progress} />}
      {error && <Problem message={error.message} />}
    </header>
  );
}

function Actions({ dataset }: { dataset: DatasetDetailFragment }) {
  const { cancel, remove, restore, retry: retryDataset } = useDatasetActions();
  const { retry, dialog } = useRetry(retryDataset);
  const [isDescribed, setIsDescribed] = useState(false);
  const { status } = dataset;
  return (
    <div className="ml-auto flex flex-wrap justify-end gap-2">
      {(status === 'FAILED' || status === 'CANCELLED') && (
        <Button kind="primary" onClick={() => { retry(dataset); }}>
          <RotateCcw /> Retry
        </Button>
      )}
      {status !== 'TRASHED' && status !== 'PURGING' && (
        <Button onClick={() => { setIsDescribed(true); }}>
          <Pencil /> Describe
        </Button>
      )}
      {LABELS[status].isWorking && status !== 'PURGING' && (
        <Button onClick={() => void cancel(dataset)}>
          <X /> Cancel
        </Button>
      )}
      {status === 'TRASHED' && (
        <Button kind="primary" onClick={() => void restore([dataset])}>
          <RotateCcw /> Restore
        </Button>
      )}
      {(status === 'READY' || status === 'FAILED' || status === 'CANCELLED') && (
        <Button onClick={() => void remove([dataset])}>
          <Trash2 /> Delete
        </Button>
      )}
      {dialog}
      {isDescribed && <DescribeDialog dataset={dataset} onClose={() => { setIsDescribed(false); }} />}
    </div>
  );
}
