import { cleanup, renderHook } from '@testing-library/react';
import type { ReactNode } from 'react';
import { Provider } from 'urql';
import { afterEach, expect, test } from 'vitest';

import type { JobFilter, JobKind, JobStatus } from '#graphql';

import { toasts } from '../app/toasts';
import { useDatasetActions } from './use-dataset-actions';

afterEach(() => {
  cleanup();
  toasts.set([]);
});

interface Job {
  readonly id: string;
  readonly kind: JobKind;
  readonly status: JobStatus;
  readonly finishedAt: string | null;
}

const DATASET = { id: 'd', name: 'english' };

/** The actions of a service with these jobs of a dataset, the newest first, and what they ask it to do. */
function actionsOn(jobs: readonly Job[]) {
  const done: unknown[] = [];
  const asked: unknown[] = [];
  const query = (_document: unknown, { filter }: { filter: JobFilter }) => {
    const nodes = jobs.filter(({ kind, status }) => filter.kind?.includes(kind) && filter.status?.includes(status));
    return { toPromise: () => Promise.resolve({ data: { jobs: { nodes } } }) };
  };
  const mutation = (_document: unknown, { input }: { input: { jobId: string } }) => {
    done.push(input.jobId);
    asked.push(input);
    return { toPromise: () => Promise.resolve({ data: { asked: { errors: [] } } }) };
  };
  const wrapper = ({ children }: { children: ReactNode }) => <Provider value={{ query, mutation }}>{children}</Provider>;
  return { actions: renderHook(useDatasetActions, { wrapper }).result.current, done, asked };
}

/** As where tokens failed, the search index was stopped, and the files of both were found damaged after that. */
const DAMAGED: readonly Job[] = [
  { id: 'export', kind: 'EXPORT', status: 'RUNNING', finishedAt: null },
  { id: 'tokens', kind: 'TOKENIZE', status: 'FAILED', finishedAt: '2026-05-03T12:00:00Z' },
  { id: 'index', kind: 'INDEX', status: 'CANCELLED', finishedAt: '2026-05-04T12:00:01Z' },
  { id: 'ingest', kind: 'INGEST', status: 'FAILED', finishedAt: '2026-05-02T12:00:00Z' },
  { id: 'download', kind: 'DOWNLOAD', status: 'FAILED', finishedAt: '2026-05-04T12:00:00Z' },
];

test('a dataset is retried by the job that brings it and ended last, whatever failed on it besides', async () => {
  const { actions, done } = actionsOn(DAMAGED);
  await actions.retry(DATASET);
  expect([done, toasts.get()]).toEqual([['download'], []]);
});

test('what is called off of a dataset is what brings it, and not what is made of it', async () => {
  const { actions, done } = actionsOn(DAMAGED.map((job) => (job.id === 'download' ? { ...job, status: 'QUEUED', finishedAt: null } : job)));
  await actions.cancel(DATASET);
  expect(done).toEqual(['download']);
});

test('where there is nothing to be retried any more that is said', async () => {
  const { actions, done } = actionsOn(DAMAGED.filter(({ kind }) => kind !== 'DOWNLOAD' && kind !== 'INGEST'));
  await actions.retry(DATASET);
  expect([done, toasts.get().map(({ text }) => text)]).toEqual([[], ['english has no job any more with which that can be done.']]);
});

test('what is removed for good is what was read, and nothing that it has become since', async () => {
  const { actions, asked } = actionsOn([]);
  await actions.purge([{ ...DATASET, version: 7 }]);
  expect(asked).toMatchObject([{ datasetId: 'd', purge: true, expectedVersion: 7 }]);
});
