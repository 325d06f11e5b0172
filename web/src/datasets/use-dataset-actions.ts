import { useMemo } from 'react';
import { type Client, useClient } from 'urql';

import { BringingJobsDocument, CancelJobDocument, DeleteDatasetDocument, type JobKind, type JobStatus, RestoreDatasetDocument, RetryJobDocument } from '#graphql';

import { say } from '../app/toasts';
import { act, messageOf, type Outcome, wantedToken } from '../service/act';
import { counted } from '../text/format';
import { leave, settle } from './leaving';

interface Named {
  readonly id: string;
  readonly name: string;
}

/** As it was read by who decides about it. */
interface Versioned extends Named {
  readonly version: number;
}

/** What the status of a dataset is about. All other jobs work on one that is here. */
const BRINGING: readonly JobKind[] = ['DOWNLOAD', 'INGEST'];
const CAN_BE_CANCELLED: readonly JobStatus[] = ['QUEUED', 'RUNNING'];
const CAN_BE_RETRIED: readonly JobStatus[] = ['FAILED', 'CANCELLED'];

export interface DatasetActions {
  cancel: (dataset: Named) => Promise<void>;
  /** Why a token has to be given first; null where it has not. */
  retry: (dataset: Named, accessToken?: string) => Promise<string | null>;
  /** Into the trash, with a way back. */
  remove: (datasets: readonly Named[]) => Promise<void>;
  restore: (datasets: readonly Named[]) => Promise<void>;
  /** For good, unless something has become of it since. Whoever calls has asked. */
  purge: (datasets: readonly Versioned[]) => Promise<void>;
}

/** What can be done with datasets wherever they are shown. What is refused is said. */
export function useDatasetActions(): DatasetActions {
  const client = useClient();
  return useMemo(() => actionsOf(client), [client]);
}

function actionsOf(client: Client): DatasetActions {
  const restore = async (datasets: readonly Named[]) => {
    settle(idsOf(datasets));
    const done = await each(datasets, ({ id }) => act(client, RestoreDatasetDocument, { datasetId: id }));
    if (done.length > 0) say(`Restored ${named(done)}.`);
  };
  return {
    restore,
    cancel: async (dataset) => {
      const jobId = await bringingJob(client, dataset, CAN_BE_CANCELLED);
      if (jobId !== null) told(await act(client, CancelJobDocument, { jobId }));
    },
    retry: async (dataset, accessToken) => {
      const jobId = await bringingJob(client, dataset, CAN_BE_RETRIED);
      if (jobId === null) return null;
      const outcome = await act(client, RetryJobDocument, { jobId, ...(accessToken ? { accessToken } : {}) });
      const missing = wantedToken(outcome);
      if (missing === null) told(outcome);
      return missing;
    },
    remove: async (datasets) => {
      leave(idsOf(datasets));
      let done: readonly Named[] = [];
      try {
        done = await each(datasets, ({ id }) => act(client, DeleteDatasetDocument, { datasetId: id }));
      } finally {
        settle(idsOf(datasets.filter((dataset) => !done.includes(dataset))));
      }
      if (done.length === 0) return;
      say(`Moved ${named(done)} to the trash.`, { action: { label: 'Undo', run: () => void restore(done) } });
    },
    purge: async (datasets) => {
      await each(datasets, ({ id, version }) => act(client, DeleteDatasetDocument, { datasetId: id, purge: true, expectedVersion: version }));
    },
  };
}

/** Those with which it went well. */
async function each<Item extends Named, Payload>(datasets: readonly Item[], run: (dataset: Item) => Promise<Outcome<Payload>>): Promise<readonly Item[]> {
  const outcomes = await Promise.all(datasets.map(run));
  return datasets.filter((_, index) => told(outcomes[index]));
}

/** Whether it went well; what was refused is said. */
function told(outcome: Outcome<unknown> | undefined): boolean {
  const [first] = outcome?.wrong ?? [];
  if (first) say(first.message, { isWrong: true });
  return first === undefined;
}

const idsOf = (datasets: readonly Named[]): readonly string[] => datasets.map(({ id }) => id);

function named(datasets: readonly Named[]): string {
  return datasets.length === 1 && datasets[0] ? datasets[0].name : counted(datasets.length, 'dataset');
}

/** The one that ended last, or is not over; null where there is none of these, and that is said. */
async function bringingJob(client: Client, { id, name }: Named, status: readonly JobStatus[]): Promise<string | null> {
  const filter = { datasetId: id, kind: BRINGING, status };
  const { data, error } = await client.query(BringingJobsDocument, { filter }, { requestPolicy: 'network-only' }).toPromise();
  const endOf = ({ finishedAt }: { finishedAt: string | null }) => (finishedAt === null ? Infinity : Date.parse(finishedAt));
  const [found] = data?.jobs.nodes.toSorted((one, other) => endOf(other) - endOf(one)) ?? [];
  if (!found) say(error ? messageOf(error) : `${name} has no job any more with which that can be done.`, { isWrong: true });
  return found?.id ?? null;
}
