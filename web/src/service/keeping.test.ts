import { type Client, gql, type OperationResult, type RequestPolicy } from 'urql';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import { clientOf, serviceAddress } from './client';
import { MOST_KEPT } from './keeping';

const PAGE = gql`query ($at: Int) { samples(at: $at) { text } }`;
const RENAME = gql`mutation { describeDataset { errors { message } } }`;
const PAGES = 5 * MOST_KEPT;

let client: Client;
/** Goes up with each answer, which tells it. */
let asked: number;
let isAway: boolean;

beforeEach(() => {
  asked = 0;
  isAway = false;
  vi.stubGlobal('fetch', () => {
    asked += 1;
    return Promise.resolve(Response.json(isAway ? { data: null, errors: [{ message: 'No.' }] } : { data: { samples: { text: String(asked) } } }));
  });
  client = clientOf(serviceAddress());
});

afterEach(() => { vi.unstubAllGlobals(); });

const read = async (at: number, requestPolicy: RequestPolicy = 'cache-first') => await client.query(PAGE, { at }, { requestPolicy }).toPromise();
const textOf = ({ data }: OperationResult) => (data as { samples: { text: string } } | undefined)?.samples.text;

async function readAll(requestPolicy: RequestPolicy): Promise<void> {
  for (let at = 0; at < PAGES; at += 1) await read(at, requestPolicy);
}

/** Which pages are kept. */
const kept = () => Array.from({ length: PAGES }, (_, at) => at).filter((at) => client.readQuery(PAGE, { at }) !== null);

test('however many pages are read, those are kept that were wanted last', async () => {
  for (const policy of ['cache-first', 'cache-and-network'] as const) await readAll(policy);
  expect(kept()).toEqual(Array.from({ length: MOST_KEPT }, (_, at) => PAGES - MOST_KEPT + at));
  await read(PAGES - MOST_KEPT);
  await read(0);
  expect(kept()).toContain(PAGES - MOST_KEPT);
  expect(kept()).not.toContain(PAGES - MOST_KEPT + 1);
});

test('pages that are asked for past what is kept are not kept, and push nothing out', async () => {
  await read(0);
  await readAll('network-only');
  expect([asked, kept()]).toEqual([1 + PAGES, [0]]);
});

test('what is kept is told without a question, and is as new as the newest answer', async () => {
  expect(textOf(await read(0))).toBe('1');
  expect(textOf(await read(0))).toBe('1');
  expect(textOf(await read(0, 'network-only'))).toBe('2');
  expect([textOf(await read(0)), asked]).toEqual(['2', 2]);
});

test('what is kept is told at once, and its newer answer once it is here', async () => {
  await read(0);
  const told: unknown[] = [];
  const watching = client.query(PAGE, { at: 0 }, { requestPolicy: 'cache-and-network' }).subscribe((result) => { told.push([textOf(result), result.stale]); });
  expect(told).toEqual([['1', true]]);
  await vi.waitFor(() => { expect(told).toEqual([['1', true], ['2', false]]); });
  watching.unsubscribe();
});

test('no answer is not kept', async () => {
  isAway = true;
  expect((await read(0)).error?.message).toBe('[GraphQL] No.');
  isAway = false;
  expect(textOf(await read(0))).toBe('2');
});

test('after something was done, what is shown is asked again, and the rest when it is wanted', async () => {
  await read(0);
  const told: unknown[] = [];
  const watching = client.query(PAGE, { at: 1 }).subscribe((result) => { told.push([textOf(result), result.stale]); });
  await vi.waitFor(() => { expect(told).toEqual([['2', false]]); });
  await client.mutation(RENAME, {}).toPromise();
  await vi.waitFor(() => { expect(told.at(-1)).toEqual(['4', false]); });
  watching.unsubscribe();
  expect([textOf(await read(0)), asked]).toEqual(['5', 5]);
});
