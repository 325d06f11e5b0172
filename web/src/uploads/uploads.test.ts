import type { Client } from 'urql';
import { beforeEach, expect, test, vi } from 'vitest';

import { dropUpload, isSent, pauseUpload, rateOf, resumeUpload, startUpload, uploads } from './uploads';

const sent = vi.hoisted(() => ({ starts: 0, before: Promise.resolve([] as object[]) }));

/** Sends all of a file as soon as it starts. */
const sender = vi.hoisted(() => () => ({
  Upload: class {
    url = 'http://here/uploads/u1';
    on: { onSuccess: () => void };
    constructor(_: File, on: { onSuccess: () => void }) {
      this.on = on;
    }
    findPreviousUploads = () => sent.before;
    abort = () => Promise.resolve();
    start() {
      sent.starts += 1;
      this.on.onSuccess();
    }
  },
}));
vi.mock('tus-js-client', sender);

beforeEach(() => {
  uploads.set([]);
  sent.starts = 0;
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
