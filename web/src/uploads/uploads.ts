import type { Upload as TusUpload } from 'tus-js-client';
import type { Client } from 'urql';

import { UploadDatasetDocument } from '#graphql';

import { act } from '../service/act';
import { createStore } from '../service/store';
import { shown } from '../service/token';

export type UploadStatus = 'SENDING' | 'WAITING' | 'PAUSED' | 'READING' | 'FAILED' | 'DONE';

/** A file on its way here. */
export interface Upload {
  readonly key: number;
  readonly name: string;
  readonly status: UploadStatus;
  readonly sizeBytes: number;
  readonly sentBytes: number;
  readonly ratePerSecond: number | null;
  readonly problem: string;
  readonly datasetId: string | null;
}

/** After a loss it is tried again at once, then ever later, for an hour: a restart of the service is none of the sender's business. */
const RETRY_MILLISECONDS = [0, 500, 1_000, 2_000, ...Array.from({ length: 720 }, () => 5_000)];
const CONFLICT = 409;
const LOCKED = 423;
const SERVER_ERROR = 500;

export const uploads = createStore<readonly Upload[]>([]);
const senders = new Map<number, TusUpload>();
let last = 0;

function change(key: number, to: Partial<Upload>): void {
  uploads.set(uploads.get().map((upload) => (upload.key === key ? { ...upload, ...to } : upload)));
}

/** Sends a file, in pieces that are kept when the connection is lost, and makes a dataset of it. */
export async function startUpload(client: Client, file: File): Promise<void> {
  const key = ++last;
  const begun: Upload = { key, name: file.name, status: 'SENDING', sizeBytes: file.size, sentBytes: 0, ratePerSecond: null, problem: '', datasetId: null };
  uploads.set([...uploads.get(), begun]);
  const tus = await import('tus-js-client');
  const rate = rateOf();
  const sender = new tus.Upload(file, {
    endpoint: '/uploads',
    headers: shown(),
    metadata: { filename: file.name },
    retryDelays: RETRY_MILLISECONDS,
    removeFingerprintOnSuccess: true,
    onProgress: (sentBytes) => { change(key, { status: 'SENDING', sentBytes, ratePerSecond: rate(sentBytes) }); },
    onShouldRetry: (error) => {
      const status = 'originalResponse' in error ? (error.originalResponse?.getStatus() ?? 0) : 0;
      const mayPass = status === 0 || status >= SERVER_ERROR || status === CONFLICT || status === LOCKED;
      if (mayPass) change(key, { status: 'WAITING', ratePerSecond: null });
      return mayPass;
    },
    onError: (error) => { change(key, { status: 'FAILED', problem: problemOf(error) }); },
    onSuccess: () => void finish(client, key, sender, file),
  });
  senders.set(key, sender);
  // the same file, chosen again after the page was left, goes on where it was
  const [before] = await sender.findPreviousUploads();
  if (before) sender.resumeFromPreviousUpload(before);
  sender.start();
}

async function finish(client: Client, key: number, sender: TusUpload, file: File): Promise<void> {
  change(key, { status: 'READING', sentBytes: file.size });
  const uploadId = sender.url?.split('/').at(-1) ?? '';
  const { payload, wrong } = await act(client, UploadDatasetDocument, { uploadId, name: file.name });
  senders.delete(key);
  if (payload) change(key, { status: 'DONE', datasetId: payload.dataset?.id ?? null });
  else change(key, { status: 'FAILED', problem: wrong.map(({ message }) => message).join(' ') });
}

export async function pauseUpload(key: number): Promise<void> {
  await senders.get(key)?.abort();
  change(key, { status: 'PAUSED', ratePerSecond: null });
}

export function resumeUpload(key: number): void {
  change(key, { status: 'SENDING', problem: '' });
  senders.get(key)?.start();
}

/** Out of the list; what is not whole is taken away at the service too. */
export async function dropUpload(key: number): Promise<void> {
  const sender = senders.get(key);
  senders.delete(key);
  uploads.set(uploads.get().filter((upload) => upload.key !== key));
  await sender?.abort(true);
}

/** What the service says, without what the sender's library puts around it. */
function problemOf(error: Error): string {
  const response = 'originalResponse' in error ? (error.originalResponse as { getBody: () => string } | null) : null;
  const told = response?.getBody() ?? '';
  try {
    const { errors } = JSON.parse(told) as { errors?: { message: string }[] };
    return errors?.map(({ message }) => message).join(' ') ?? error.message;
  } catch {
    return told === '' ? 'The service cannot be reached. Resume when it is back.' : told;
  }
}

/** Bytes a second over the last few seconds; null at the beginning. */
export function rateOf(now: () => number = () => performance.now()): (sentBytes: number) => number | null {
  const SPAN_MILLISECONDS = 4_000;
  let seen: readonly (readonly [at: number, bytes: number])[] = [];
  return (sentBytes) => {
    seen = [...seen.filter(([at]) => at > now() - SPAN_MILLISECONDS), [now(), sentBytes]];
    const [at, bytes] = seen[0] ?? [now(), sentBytes];
    const seconds = (now() - at) / 1000;
    return seconds < 0.2 ? null : (sentBytes - bytes) / seconds;
  };
}
