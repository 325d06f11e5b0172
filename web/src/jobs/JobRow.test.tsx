import { cleanup, render, screen } from '@testing-library/react';
import { afterEach, expect, test } from 'vitest';

import type { JobKind, JobPartsFragment, JobStatus } from '#graphql';

import { JobRow } from './JobRow';

afterEach(cleanup);

function show(kind: JobKind, status: JobStatus) {
  const job: JobPartsFragment = {
    ...{ id: 'j', kind, status, attempt: 1, datasetName: 'News', dataset: null, tokenization: null, progress: null, error: null },
    ...{ createdAt: '2026-05-01T12:00:00Z', startedAt: null, finishedAt: null },
  };
  render(<JobRow job={job} actions={{ cancel: () => Promise.resolve(), retry: () => undefined }} />);
}

const can = () => screen.queryAllByRole('button').map(({ textContent }) => textContent.trim());

test.each<[JobKind, JobStatus, string[]]>([
  ['DOWNLOAD', 'RUNNING', ['Cancel']],
  ['DOWNLOAD', 'CANCELLING', []],
  ['DOWNLOAD', 'FAILED', ['Retry']],
  ['PURGE', 'RUNNING', []],
  ['PURGE', 'FAILED', ['Retry']],
])('of a job %s that is %s what can be done is offered, and nothing else', (kind, status, offers) => {
  show(kind, status);
  expect(can()).toEqual(offers);
});
