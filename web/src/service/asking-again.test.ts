import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

import { type Client, gql, type OperationResult } from 'urql';
import { afterEach, beforeEach, expect, test } from 'vitest';

import { isAskedAgain } from './asking-again';
import { clientOf } from './client';

const LOOK = gql`query { hubDataset { accessible error { code } } }`;
const TOKENS = gql`query { node { id } }`;
const START = gql`mutation { tokenizeDataset { error { code } } }`;
const NOT_READY = { data: { hubDataset: { accessible: false, error: { code: 'TRY_AGAIN' } } } };
const READY = { data: { hubDataset: { accessible: true, error: null } } };

let server: Server;
let client: Client;
let asked: number;
let answers: object[];

/** Answers in turn; the last one is given from then on. */
async function serve(port = 0): Promise<number> {
  server = createServer((request, response) => {
    asked += request.method === 'POST' ? 1 : 0;
    const answer = answers.length > 1 && request.method === 'POST' ? answers.shift() : answers[0];
    const headers = { 'content-type': 'application/json', 'access-control-allow-origin': '*', 'access-control-allow-headers': '*' };
    request.resume().on('end', () => response.writeHead(200, headers).end(JSON.stringify(answer)));
  }).listen(port, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

async function stop(): Promise<void> {
  server.closeAllConnections();
  await new Promise((closed) => server.close(closed));
}

beforeEach(async () => {
  asked = 0;
  answers = [];
  client = clientOf(`http://127.0.0.1:${String(await serve())}/graphql`);
});

afterEach(stop);

test('a question for which nobody was ready is asked again by itself, and says so until it is answered', async () => {
  answers = [NOT_READY, NOT_READY, READY];
  const told: OperationResult[] = [];
  await new Promise<void>((done) => {
    const watching = client.query(LOOK, {}).subscribe((result) => {
      told.push(result);
      if (result.stale) return;
      watching.unsubscribe();
      done();
    });
  });
  expect(told.map(isAskedAgain)).toEqual([true, true, false]);
  expect(told.at(-1)?.data).toMatchObject(READY.data);
  expect(asked).toBe(3);
});

test('so is one that is refused as a whole', async () => {
  answers = [{ errors: [{ message: 'Not yet.', extensions: { code: 'TRY_AGAIN' } }] }, { data: { node: { id: '1' } } }];
  expect(await client.query(TOKENS, {}).toPromise()).toMatchObject({ data: { node: { id: '1' } }, error: undefined });
});

test('one that is given up is not asked again', async () => {
  answers = [NOT_READY];
  await new Promise<void>((done) => {
    const watching = client.query(LOOK, {}).subscribe(() => { setTimeout(() => { watching.unsubscribe(); done(); }); });
  });
  await new Promise((resume) => setTimeout(resume, 1_200));
  expect(asked).toBe(1);
});

test('a query that found no service is answered when it is back', async () => {
  answers = [READY];
  const { port } = server.address() as AddressInfo;
  await stop();
  const answer = client.query(LOOK, {}).toPromise();
  await new Promise((resume) => setTimeout(resume, 100));
  await serve(port);
  expect((await answer).data).toMatchObject(READY.data);
});

test('a mutation is done once, whatever it is told', async () => {
  answers = [{ data: { tokenizeDataset: { error: { code: 'TRY_AGAIN' } } } }];
  const { stale } = await client.mutation(START, {}).toPromise();
  await new Promise((resume) => setTimeout(resume, 1_200));
  expect([stale, asked]).toEqual([false, 1]);
});

test('a dataset whose job failed over something that passes is an answer', async () => {
  answers = [{ data: { dataset: { status: 'FAILED', error: { code: 'TRY_AGAIN' } } } }];
  const told = await client.query(gql`query { dataset { status error { code } } }`, {}).toPromise();
  expect(told.stale).toBe(false);
  expect(told.data).toMatchObject({ dataset: { status: 'FAILED' } });
  expect(asked).toBe(1);
});
