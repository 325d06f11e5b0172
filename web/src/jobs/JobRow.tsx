import { RotateCcw, X } from 'lucide-react';
import { Link } from 'wouter';

import type { JobPartsFragment } from '#graphql';

import { duration, moment } from '../text/format';
import { Badge } from '../ui/Badge';
import { Button } from '../ui/Button';
import { Progress } from '../ui/Progress';
import { JOB_KINDS, JOB_STATUSES } from './job-labels';

export interface JobRowActions {
  cancel: (jobId: string) => Promise<void>;
  retry: (job: JobPartsFragment) => void;
}

/** A job with what it works on, how far it is, and what can be done about it. */
export function JobRow({ job, actions }: { job: JobPartsFragment; actions: JobRowActions }) {
  const { label, tone, icon } = JOB_STATUSES[job.status];
  const what = `${JOB_KINDS[job.kind]} ${job.datasetName}`;
  return (
    <li className="grid min-h-16 grid-cols-[minmax(0,1fr)_auto] items-center gap-x-4 gap-y-2 px-4 py-2.5 md:grid-cols-[minmax(0,1.1fr)_7.5rem_minmax(0,1.4fr)_6.5rem]">
      <div className="min-w-0">
        <p className="truncate font-medium">
          {job.dataset ? (
            <Link href={`/datasets/${job.dataset.id}`} className="hover:underline">
              {job.datasetName}
            </Link>
          ) : (
            job.datasetName
          )}
        </p>
        <p className="truncate text-xs text-muted">
          {JOB_KINDS[job.kind]}
          {job.tokenization && ` · ${job.tokenization.tokenizer}`}
          {job.attempt > 1 && ` · attempt ${String(job.attempt)}`}
        </p>
      </div>
      <Badge tone={tone} icon={icon}>
        {label}
      </Badge>
      <div className="col-span-2 min-w-0 md:col-span-1">
        <HowItIs job={job} what={what} />
      </div>
      <div className="col-span-2 flex justify-end empty:hidden md:col-span-1">
        {(job.status === 'QUEUED' || job.status === 'RUNNING') && job.kind !== 'PURGE' && (
          <Button aria-label={`Cancel: ${what}`} onClick={() => void actions.cancel(job.id)}>
            <X /> Cancel
          </Button>
        )}
        {(job.status === 'FAILED' || job.status === 'CANCELLED') && (
          <Button aria-label={`Retry: ${what}`} onClick={() => { actions.retry(job); }}>
            <RotateCcw /> Retry
          </Button>
        )}
      </div>
    </li>
  );
}

function HowItIs({ job, what }: { job: JobPartsFragment; what: string }) {
  const { status, progress, error, startedAt, finishedAt, createdAt } = job;
  if (!JOB_STATUSES[status].isOver) return <Progress label={what} progress={progress} />;
  if (error) return <p className="text-[13px] break-words text-danger">{error.message}</p>;
  const took = startedAt !== null && finishedAt !== null ? ` · took ${duration((Date.parse(finishedAt) - Date.parse(startedAt)) / 1000)}` : '';
  return (
    <p className="text-xs text-muted">
      {moment(finishedAt ?? createdAt)}
      {took}
    </p>
  );
}
