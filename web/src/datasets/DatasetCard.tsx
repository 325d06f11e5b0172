import { RotateCcw, Trash2, X } from 'lucide-react';
import { memo, type ReactNode } from 'react';
import { Link } from 'wouter';

import type { DatasetCardFragment } from '#graphql';

import { bytes, count, moment } from '../text/format';
import { Badge } from '../ui/Badge';
import { Button, IconButton } from '../ui/Button';
import { Progress } from '../ui/Progress';
import { sourceLine } from './source';
import { LABELS } from './status';

export interface CardProps {
  dataset: DatasetCardFragment;
  isSelected: boolean;
  onSelect: (id: string) => void;
  onCancel: (dataset: DatasetCardFragment) => void;
  onRetry: (dataset: DatasetCardFragment) => void;
  onDelete: (dataset: DatasetCardFragment) => void;
}

/** A dataset in a list. It has one height whatever it shows, so nothing moves when it changes. */
export const DatasetCard = memo(function DatasetCard({ dataset, isSelected, onSelect, onDelete, ...on }: CardProps) {
  const { id, name, status, tags } = dataset;
  const { label, tone, icon, isWorking } = LABELS[status];
  return (
    <article
      aria-label={name}
      className={`group relative flex h-44 flex-col gap-2.5 rounded-xl border bg-surface p-4 -outline-offset-2 outline-(--button) transition-colors has-[h2_a:focus-visible]:outline-2 ${isSelected ? 'border-button ring-1 ring-button' : 'border-line hover:border-edge'}`}
    >
      <div className="flex items-center gap-2.5">
        {/* what a finger can hit is larger than what is seen */}
        <label className="relative z-10 -m-2 flex shrink-0 p-2">
          <input
            type="checkbox"
            aria-label={`Select ${name}`}
            checked={isSelected}
            onChange={() => { onSelect(id); }}
            className="size-4 accent-(--button)"
          />
        </label>
        <h2 className="min-w-0 grow truncate font-semibold" title={name}>
          {/* the whole card is the link's to click, and the link's name is the dataset's */}
          <Link href={`/datasets/${id}`} className="outline-none after:absolute after:inset-0 after:rounded-xl">
            {name}
          </Link>
        </h2>
        <Badge tone={tone} icon={icon}>
          {label}
        </Badge>
      </div>
      <p className="truncate text-xs text-muted" title={sourceLine(dataset.source)}>
        {sourceLine(dataset.source)}
      </p>
      <div className="min-h-0 grow">
        <Middle dataset={dataset} />
      </div>
      <div className="flex h-9 items-center gap-1.5">
        <div className="flex min-w-0 grow gap-1.5 overflow-hidden">
          {tags.map((tag) => (
            <span key={tag} className="truncate rounded-md bg-raised px-1.5 py-0.5 text-xs text-muted">
              {tag}
            </span>
          ))}
        </div>
        <Actions dataset={dataset} isWorking={isWorking} {...on}>
          <IconButton label={`Delete ${name}`} onClick={({ detail }) => {
            // of two clicks in a row the second one meets the card that has come to this place
            if (detail < 2) onDelete(dataset);
          }}>
            <Trash2 />
          </IconButton>
        </Actions>
      </div>
    </article>
  );
});

function Middle({ dataset }: { dataset: DatasetCardFragment }) {
  const { status, progress, error, sizeBytes, rowCount, createdAt, name } = dataset;
  if (LABELS[status].isWorking) return <Progress label={`${LABELS[status].label} ${name}`} progress={progress} />;
  if (error) {
    return (
      <p className="line-clamp-2 text-[13px] break-words text-danger" title={error.message}>
        {error.message}
      </p>
    );
  }
  return (
    <dl className="grid grid-cols-3 gap-3">
      <Fact name="Rows">{rowCount === null ? '–' : count(rowCount)}</Fact>
      <Fact name="Size">{sizeBytes === null ? '–' : bytes(sizeBytes)}</Fact>
      <Fact name="Added">{moment(createdAt).replace(/,[^,]*$/, '')}</Fact>
    </dl>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div className="min-w-0">
      <dt className="text-xs text-muted">{name}</dt>
      <dd className="truncate font-medium">{children}</dd>
    </div>
  );
}

interface ActionsProps extends Pick<CardProps, 'dataset' | 'onCancel' | 'onRetry'> {
  isWorking: boolean;
  children: ReactNode;
}

function Actions({ dataset, isWorking, onCancel, onRetry, children }: ActionsProps) {
  const canRetry = dataset.status === 'FAILED' || dataset.status === 'CANCELLED';
  return (
    <div className="relative z-10 flex shrink-0 gap-1.5">
      {canRetry && (
        <Button onClick={() => { onRetry(dataset); }} aria-label={`Retry ${dataset.name}`}>
          <RotateCcw /> Retry
        </Button>
      )}
      {isWorking ? (
        <Button onClick={() => { onCancel(dataset); }} aria-label={`Cancel ${dataset.name}`}>
          <X /> Cancel
        </Button>
      ) : (
        children
      )}
    </div>
  );
}
