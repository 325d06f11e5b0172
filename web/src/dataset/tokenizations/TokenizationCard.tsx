import { Ban, CircleAlert, CircleCheck, Clock, LoaderCircle, type LucideIcon, RotateCcw, X } from 'lucide-react';
import { useCallback } from 'react';

import type { TokenizationLineFragment, TokenizationStatus } from '#graphql';

import { useRetry } from '../../datasets/RetryDialog';
import { useJobActions } from '../../jobs/use-job-actions';
import { bytes, count, moment } from '../../text/format';
import { Badge, type Tone } from '../../ui/Badge';
import { Button } from '../../ui/Button';
import { CopyText } from '../../ui/CopyText';
import { Problem } from '../../ui/Problem';
import { Progress } from '../../ui/Progress';
import { Histogram } from '../Histogram';
import { DeleteTokenization } from './DeleteTokenization';
import { recipeLine } from './recipe-line';

const STATUSES: Record<TokenizationStatus, { label: string; tone: Tone; icon: LucideIcon }> = {
  QUEUED: { label: 'Queued', tone: 'calm', icon: Clock },
  RUNNING: { label: 'Running', tone: 'busy', icon: LoaderCircle },
  CANCELLING: { label: 'Stopping', tone: 'warn', icon: Ban },
  READY: { label: 'Ready', tone: 'good', icon: CircleCheck },
  FAILED: { label: 'Failed', tone: 'bad', icon: CircleAlert },
  CANCELLED: { label: 'Cancelled', tone: 'warn', icon: Ban },
};

/** A tokenization as it comes to be, and how to load it once it is there. */
export function TokenizationCard({ tokenization }: { tokenization: TokenizationLineFragment }) {
  const { status, tokenizer, recipe, createdAt, sizeBytes, path, progress, error, statistics } = tokenization;
  const { label, tone, icon } = STATUSES[status];
  const isGoing = status === 'QUEUED' || status === 'RUNNING' || status === 'CANCELLING';
  return (
    <article aria-label={`${tokenizer}, ${recipeLine(recipe)}`} className="flex flex-col gap-3 rounded-xl border border-line bg-surface p-4 sm:p-5">
      <div className="flex flex-wrap items-center gap-2.5">
        <h3 className="min-w-0 truncate font-semibold">{tokenizer}</h3>
        <Badge tone={tone} icon={icon}>
          {label}
        </Badge>
        <span className="grow" />
        <Actions tokenization={tokenization} />
        {!isGoing && <DeleteTokenization tokenization={tokenization} />}
      </div>
      <p className="text-xs text-muted">
        {recipeLine(recipe)} · {moment(createdAt)}
        {sizeBytes !== null && ` · ${bytes(sizeBytes)}`}
      </p>
      {isGoing && <Progress label={`Tokenizing with ${tokenizer}`} progress={progress} />}
      {error && <Problem message={error.message} />}
      {statistics && (
        <>
          <p>
            <strong>{count(statistics.tokenCount)}</strong> tokens in <strong>{count(statistics.sequenceCount)}</strong> sequences
          </p>
          <Histogram label={`Lengths of the sequences of ${tokenizer}`} unit="tokens" bins={statistics.histogram} height={120} />
        </>
      )}
      {path !== null && <CopyText isBlock text={`from datasets import load_from_disk\n\ndataset = load_from_disk(${JSON.stringify(path)})`} />}
    </article>
  );
}

function Actions({ tokenization: { status, job, tokenizer, error } }: { tokenization: TokenizationLineFragment }) {
  const { cancel, retry: retryJob } = useJobActions();
  const { retry, dialog } = useRetry(useCallback(({ id }, accessToken) => retryJob(id, accessToken), [retryJob]));
  if (!job) return null;
  if (status === 'QUEUED' || status === 'RUNNING') {
    return (
      <Button aria-label={`Cancel ${tokenizer}`} onClick={() => void cancel(job.id)}>
        <X /> Cancel
      </Button>
    );
  }
  if (status !== 'FAILED' && status !== 'CANCELLED') return null;
  return (
    <>
      <Button aria-label={`Retry ${tokenizer}`} onClick={() => { retry({ id: job.id, name: tokenizer, error }); }}>
        <RotateCcw /> Retry
      </Button>
      {dialog}
    </>
  );
}
