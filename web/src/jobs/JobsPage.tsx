import { ListChecks } from 'lucide-react';
import { useCallback, useState } from 'react';
import { useSearchParams } from 'wouter';

import { type JobFilter, JobsDocument, type JobsQuery, type JobStatus } from '#graphql';

import { useTitle } from '../app/use-title';
import { useChanges } from '../datasets/AllDatasets';
import { useRetry } from '../datasets/RetryDialog';
import { messageOf } from '../service/act';
import { useLiveQuery } from '../service/live-query';
import { count } from '../text/format';
import { isKey } from '../text/is-key';
import { Button } from '../ui/Button';
import { Empty } from '../ui/Empty';
import { pillClass } from '../ui/pill';
import { Problem } from '../ui/Problem';
import { JobRow, type JobRowActions } from './JobRow';
import { useJobActions } from './use-job-actions';

type Jobs = JobsQuery['jobs'];

const GROUPS: Record<string, { label: string; status: readonly JobStatus[] | null }> = {
  all: { label: 'All', status: null },
  working: { label: 'Running and queued', status: ['QUEUED', 'RUNNING', 'CANCELLING'] },
  failed: { label: 'Failed', status: ['FAILED'] },
  done: { label: 'Done', status: ['SUCCEEDED'] },
  cancelled: { label: 'Cancelled', status: ['CANCELLED'] },
};

/** All work, newest first, as it goes on. */
export default function JobsPage() {
  useTitle('Jobs');
  const [asked, setAsked] = useSearchParams();
  const wanted = asked.get('group');
  const group = isKey(GROUPS, wanted) ? wanted : 'all';
  const filter: JobFilter = { status: GROUPS[group]?.status ?? null };
  const { data, error } = useLiveQuery(JobsDocument, { filter, after: null }, useChanges());
  const { cancel, retry: retryJob } = useJobActions();
  const { retry, dialog } = useRetry(useCallback(({ id }, accessToken) => retryJob(id, accessToken), [retryJob]));
  const actions: JobRowActions = { cancel, retry: (job) => { retry({ ...job, name: job.datasetName }); } };
  const jobs = data?.jobs;
  return (
    <div className="flex flex-col gap-4">
      <h1 className="text-xl font-semibold tracking-tight">Jobs</h1>
      <div className="flex flex-wrap gap-2">
        {Object.entries(GROUPS).map(([name, { label }]) => (
          <button key={name} type="button" className={pillClass} aria-pressed={name === group} onClick={() => { setAsked({ group: name }, { replace: true }); }}>
            {label}
            {name === group && jobs && <span>{count(jobs.totalCount)}</span>}
          </button>
        ))}
      </div>
      {error && !data && <Problem message={messageOf(error)} />}
      {jobs && jobs.nodes.length > 0 && (
        <ul aria-label="Jobs" className="divide-y divide-line rounded-xl border border-line bg-surface">
          <Rows key={group} jobs={jobs} filter={filter} actions={actions} />
        </ul>
      )}
      {jobs?.nodes.length === 0 && (
        <Empty icon={ListChecks} title="No work of this kind">
          <p>Downloads, tokenizations and all other work are listed here as long as their datasets are.</p>
        </Empty>
      )}
      {dialog}
    </div>
  );
}

interface RowsProps {
  jobs: Jobs;
  filter: JobFilter;
  actions: JobRowActions;
}

/** The jobs of a page and, once they are wanted, those behind it: where one page moves on, the next follows it. */
function Rows({ jobs, filter, actions }: RowsProps) {
  const [showsMore, setShowsMore] = useState(false);
  const { hasNextPage, endCursor } = jobs.pageInfo;
  return (
    <>
      {jobs.nodes.map((job) => (
        <JobRow key={job.id} job={job} actions={actions} />
      ))}
      {hasNextPage && showsMore && <More after={endCursor} filter={filter} actions={actions} />}
      {hasNextPage && !showsMore && (
        <li className="flex justify-center p-3">
          <Button onClick={() => { setShowsMore(true); }}>Show older ones</Button>
        </li>
      )}
    </>
  );
}

function More({ after, ...rest }: Omit<RowsProps, 'jobs'> & { after: string | null }) {
  const { data, error } = useLiveQuery(JobsDocument, { filter: rest.filter, after }, useChanges());
  if (data) return <Rows jobs={data.jobs} {...rest} />;
  return <li className="p-4 text-muted">{error ? messageOf(error) : 'Older ones are on their way…'}</li>;
}
