import type { Client } from 'urql';
import { beforeEach, expect, test, vi } from 'vitest';

import { dropUpload, isSent, pauseUpload, rateOf, resumeUpload, startUpload, uploads } from './uploads';

interface On {
  readonly onSuccess: () => void;
  readonly onError: (error: Error) => void;
  readonly onProgress: (sentBytes: number) => void;
}

const sent = vi.hoisted(() => ({ starts: 0, isLost: false, held: null as (() => void)[] | null, before: Promise.resolve([] as object[]) }));

/** Sends all of a file as soon as it starts, which may be lost on its way. */
const sender = vi.hoisted(() => () => ({
  Upload: class {
    url = 'http://here/uploads/u1';
    on: On;
    constructor(_: File, on: On) {
      this.on = on;
    }
    findPreviousUploads = () => sent.before;
    abort = () => Promise.resolve();
    start() {
      sent.starts += 1;
      this.on.onProgress(file.size);
      if (sent.held) sent.held.push(this.on.onSuccess);
      else if (sent.isLost) this.on.onError(new Error('lost'));
      else this.on.onSuccess();
    }
  },
}));
vi.mock('tus-js-client', sender);

beforeEach(() => {
  uploads.set([]);
  sent.starts = 0;
  sent.held = null;
  sent.before = Promise.resolve([]);
});

const file = new File(['some text'], 'sent.txt');
const AWAY = { error: { networkError: new Error('away'), response: { status: 502 } } };
const MADE = { data: { uploadDataset: { errors: [], dataset: { id: 'd1', name: 'sent.txt' } } } };

/** A service that gives these answers one after the other, and what it was asked. */
function service(...answers: object[]) {
  const mutation = vi.fn<(document: unknown, asked: object) => object>(() => ({ toPromise: () => Promise.resolve(answers.shift()) }));
  return { mutation, client: { mutation } as unknown as Client };
}

test('a rate is that of the last seconds, and none at the beginning', () => {
  let now = 0;
  const rate = rateOf(() => now);
  expect(rate(0)).toBeNull();
  now = 1_000;
  expect(rate(500)).toBe(500);
  now = 6_000;
  expect(rate(5_500)).toBeNull();
  now = 8_000;
  expect(rate(7_500)).toBe(1_000);
});

test('where less has arrived than was told, a rate begins anew', () => {
  let now = 0;
  const rate = rateOf(() => now);
  rate(0);
  now = 1_000;
  expect(rate(5_000)).toBe(5_000);
  now = 1_500;
  expect(rate(1_000)).toBeNull();
  now = 2_500;
  expect(rate(3_000)).toBe(2_000);
});

test('where nothing comes that could send it, a file says so, and is sent once it is resumed', async () => {
  vi.doMock('tus-js-client', () => { throw new TypeError('Failed to fetch dynamically imported module'); });
  await startUpload(service(MADE).client, file);
  expect(uploads.get()).toMatchObject([{ status: 'FAILED', sentBytes: 0 }]);
  expect(uploads.get()[0]?.problem).toContain('Resume when it is back');
  vi.doMock('tus-js-client', sender);
  resumeUpload(uploads.get()[0]?.key ?? 0);
  await vi.waitFor(() => { expect(uploads.get()[0]).toMatchObject({ status: 'DONE', problem: '' }); });
  expect(sent.starts).toBe(1);
});

test('of a file that was sent whole a dataset is asked for again, as the same request', async () => {
  const { client, mutation } = service(AWAY, MADE);
  await startUpload(client, file);
  await vi.waitFor(() => { expect(uploads.get()[0]).toMatchObject({ status: 'FAILED', sentBytes: file.size }); });
  resumeUpload(uploads.get()[0]?.key ?? 0);
  await vi.waitFor(() => { expect(uploads.get()[0]).toMatchObject({ status: 'DONE', datasetId: 'd1', problem: '' }); });
  expect(sent.starts).toBe(1);
  const [first, again] = mutation.mock.calls.map(([, asked]) => asked);
  expect(first).toMatchObject({ input: { uploadId: 'u1', name: 'sent.txt' } });
  expect(again).toEqual(first);
});

test.each<[string, (key: number) => Promise<void>, string[]]>([
  ['stopped', dropUpload, []],
  ['paused', pauseUpload, ['PAUSED']],
])('what is %s before it began is not sent', async (_, end, left) => {
  let found: (before: object[]) => void = () => undefined;
  sent.before = new Promise((resolve) => { found = resolve; });
  const begun = startUpload(service(MADE).client, file);
  await end(uploads.get()[0]?.key ?? 0);
  found([]);
  await begun;
  expect(sent.starts).toBe(0);
  expect(uploads.get().map(({ status }) => status)).toEqual(left);
});

test('a page is left without a question once nothing is being sent', async () => {
  const begun = startUpload(service(MADE).client, file);
  expect(uploads.get().some(isSent)).toBe(true);
  await begun;
  await vi.waitFor(() => { expect(uploads.get().some(isSent)).toBe(false); });
});

test('what was sent and has not arrived is sent again, though all of it had gone out', async () => {
  sent.isLost = true;
  await startUpload(service(MADE).client, file);
  expect(uploads.get()).toMatchObject([{ status: 'FAILED', sentBytes: file.size }]);
  sent.isLost = false;
  resumeUpload(uploads.get()[0]?.key ?? 0);
  await vi.waitFor(() => { expect(uploads.get()[0]).toMatchObject({ status: 'DONE', problem: '' }); });
  expect(sent.starts).toBe(2);
});

test('of many files some are sent at once, and the others one after the other as these are here, stopped or paused', async () => {
  const { client } = service(MADE, MADE, MADE, MADE, MADE, MADE);
  const held: (() => void)[] = [];
  sent.held = held;
  for (let number = 0; number < 6; number += 1) await startUpload(client, file);
  const statuses = () => uploads.get().map(({ status }) => status);
  expect([sent.starts, statuses()]).toEqual([3, ['SENDING', 'SENDING', 'SENDING', 'QUEUED', 'QUEUED', 'QUEUED']]);
  held[0]?.();
  await vi.waitFor(() => { expect(statuses()).toEqual(['DONE', 'SENDING', 'SENDING', 'SENDING', 'QUEUED', 'QUEUED']); });
  await pauseUpload(uploads.get()[1]?.key ?? 0);
  await dropUpload(uploads.get()[2]?.key ?? 0);
  expect([sent.starts, statuses()]).toEqual([6, ['DONE', 'PAUSED', 'SENDING', 'SENDING', 'SENDING']]);
  resumeUpload(uploads.get()[1]?.key ?? 0);
  expect(statuses()[1]).toBe('QUEUED');
  held.slice(3).forEach((ends) => { ends(); });
  await vi.waitFor(() => { expect(statuses()[1]).toBe('SENDING'); });
  held.at(-1)?.();
  await vi.waitFor(() => { expect(new Set(statuses())).toEqual(new Set(['DONE'])); });
});
