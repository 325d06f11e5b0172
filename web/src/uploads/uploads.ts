import type { Upload as TusUpload } from 'tus-js-client';
import type { Client } from 'urql';

import { UploadDatasetDocument, type UploadDatasetInput } from '#graphql';

import { act } from '../service/act';
import { newKey } from '../service/key';
import { createStore } from '../service/store';
import { shown } from '../service/token';

export type UploadStatus = 'QUEUED' | 'SENDING' | 'WAITING' | 'PAUSED' | 'READING' | 'FAILED' | 'DONE';

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
/** A browser has six connections to a service: who asks it for something else must find one, too. */
const AT_ONCE = 3;
const CONFLICT = 409;
const LOCKED = 423;
const SERVER_ERROR = 500;
const UNLOADED = 'What sends files did not come from the service. Resume when it is back, or load the page anew.';

/** Whether it would be lost with the page. */
export const isSent = ({ status }: Upload): boolean => status !== 'PAUSED' && status !== 'FAILED' && status !== 'DONE';

export const uploads = createStore<readonly Upload[]>([]);
/** What sends a file, and what is asked for once all of it is here. */
interface Sender {
  readonly upload: TusUpload;
  readonly finish: () => void;
  /** Whether all of it has arrived: what was sent last may be lost on its way. */
  isWhole: boolean;
}

const senders = new Map<number, Sender>();
/** Those that are being sent. */
const going = new Set<number>();
/** Begins anew with those for which no sender came. */
const unsent = new Map<number, () => void>();
let last = 0;

const find = (key: number): Upload | undefined => uploads.get().find((upload) => upload.key === key);

function change(key: number, to: Partial<Upload>): void {
  uploads.set(uploads.get().map((upload) => (upload.key === key ? { ...upload, ...to } : upload)));
}

/** Sends a file, in pieces that are kept when the connection is lost, and makes a dataset of it. */
export async function startUpload(client: Client, file: File): Promise<void> {
  const key = ++last;
  const begun: Upload = { key, name: file.name, status: 'SENDING', sizeBytes: file.size, sentBytes: 0, ratePerSecond: null, problem: '', datasetId: null };
  uploads.set([...uploads.get(), begun]);
  await send(client, file, key);
}

async function send(client: Client, file: File, key: number): Promise<void> {
  const tus = await import('tus-js-client').catch(() => null);
  if (tus === null) {
    if (find(key)) unsent.set(key, () => void send(client, file, key));
    change(key, { status: 'FAILED', problem: UNLOADED });
    return;
  }
  const rate = rateOf();
  const idempotencyKey = newKey();
  const finish = () => void makeDataset(client, key, { uploadId: upload.url?.split('/').at(-1) ?? '', name: file.name, idempotencyKey });
  const upload = new tus.Upload(file, {
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
    onError: (error) => {
      change(key, { status: 'FAILED', problem: problemOf(error) });
      end(key);
    },
    onSuccess: () => {
      sender.isWhole = true;
      end(key);
      finish();
    },
  });
  const sender: Sender = { upload, finish, isWhole: false };
  // the same file, chosen again after the page was left, goes on where it was
  const [before] = await upload.findPreviousUploads();
  if (before) upload.resumeFromPreviousUpload(before);
  // it may have been stopped or paused meanwhile
  const status = find(key)?.status;
  if (status) senders.set(key, sender);
  if (status === 'SENDING') begin(key);
}

/** Sends it now, or once one of the others has been. */
function begin(key: number): void {
  const isTurn = going.size < AT_ONCE;
  change(key, { status: isTurn ? 'SENDING' : 'QUEUED' });
  if (!isTurn) return;
  going.add(key);
  senders.get(key)?.upload.start();
}

/** It is another one's turn. */
function end(key: number): void {
  const next = uploads.get().find(({ status }) => status === 'QUEUED');
  if (going.delete(key) && next) begin(next.key);
}

async function makeDataset(client: Client, key: number, input: UploadDatasetInput): Promise<void> {
  change(key, { status: 'READING', sentBytes: find(key)?.sizeBytes ?? 0, ratePerSecond: null });
  const { payload, wrong } = await act(client, UploadDatasetDocument, input);
  if (payload) {
    senders.delete(key);
    change(key, { status: 'DONE', datasetId: payload.dataset?.id ?? null });
  } else change(key, { status: 'FAILED', problem: wrong.map(({ message }) => message).join(' ') });
}

export async function pauseUpload(key: number): Promise<void> {
  await senders.get(key)?.upload.abort();
  change(key, { status: 'PAUSED', ratePerSecond: null });
  end(key);
}

/** Goes on with the sending; of what was sent whole, a dataset is asked for again. */
export function resumeUpload(key: number): void {
  const sender = senders.get(key);
  const anew = unsent.get(key);
  change(key, { status: 'SENDING', problem: '' });
  unsent.delete(key);
  if (anew) anew();
  else if (sender?.isWhole) sender.finish();
  else if (sender) begin(key);
}

/** Out of the list; what is not whole is taken away at the service too. */
export async function dropUpload(key: number): Promise<void> {
  const sender = senders.get(key);
  senders.delete(key);
  unsent.delete(key);
  uploads.set(uploads.get().filter((upload) => upload.key !== key));
  end(key);
  // what cannot be taken away now is not whole, and goes by itself after a while
  await sender?.upload.abort(true).catch(() => undefined);
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

/** Bytes a second over the last few seconds; null at the beginning, and where less has arrived than was told before. */
export function rateOf(now: () => number = () => performance.now()): (sentBytes: number) => number | null {
  const SPAN_MILLISECONDS = 4_000;
  let seen: readonly (readonly [at: number, bytes: number])[] = [];
  return (sentBytes) => {
    const isLess = sentBytes < (seen.at(-1)?.[1] ?? 0);
    seen = [...seen.filter(([at]) => at > now() - SPAN_MILLISECONDS && !isLess), [now(), sentBytes]];
    const [at, bytes] = seen[0] ?? [now(), sentBytes];
    const seconds = (now() - at) / 1000;
    return seconds < 0.2 ? null : (sentBytes - bytes) / seconds;
  };
}
