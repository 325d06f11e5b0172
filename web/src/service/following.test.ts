import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { promisify } from 'node:util';

import { GraphQLError, GraphQLInt, GraphQLObjectType, GraphQLSchema, GraphQLString } from 'graphql';
import { useServer as serveOn } from 'graphql-ws/use/ws';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { WebSocketServer } from 'ws';

import { isConnected } from './connection';
import { follow, socketTo } from './following';
import { rememberToken, token, tokenIsWanted } from './token';

const QUERY = 'subscription ($after: String) { numbers(after: $after) { number position } }';

/** Counts from a position on, as the service's log would. */
async function* numbers(after: string | null, until: number) {
  for (let number = Number(after ?? 0) + 1; number <= until; number += 1) {
    yield await Promise.resolve({ numbers: { number, position: String(number) } });
  }
  await new Promise(() => undefined);
}

class Service {
  asked: (string | null)[] = [];
  readonly server: WebSocketServer;

  constructor(port: number, until: number, wanted = '') {
    this.server = new WebSocketServer({ port, host: '127.0.0.1' });
    const fields = { number: { type: GraphQLInt }, position: { type: GraphQLString } };
    const subscribe = (_: unknown, { after }: { after?: string }) => {
      this.asked.push(after ?? null);
      if (after === '99') throw new GraphQLError('Too far.', { extensions: { code: 'CURSOR_EXPIRED' } });
      return numbers(after ?? null, until);
    };
    const subscription = new GraphQLObjectType({
      name: 'Subscription',
      fields: { numbers: { type: new GraphQLObjectType({ name: 'Told', fields }), args: { after: { type: GraphQLString } }, subscribe } },
    });
    const query = new GraphQLObjectType({ name: 'Query', fields });
    serveOn(
      {
        schema: new GraphQLSchema({ query, subscription }),
        onConnect: ({ connectionParams }) => wanted === '' || connectionParams?.['authorization'] === `Bearer ${wanted}`,
      },
      this.server,
    );
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  async listens(): Promise<this> {
    if (this.server.address() === null) await once(this.server, 'listening');
    return this;
  }

  async dies(): Promise<number> {
    const { port } = this;
    for (const client of this.server.clients) client.terminate();
    await promisify(this.server.close.bind(this.server))();
    return port;
  }
}

let service: Service;
let stop: () => void;

beforeEach(() => {
  localStorage.clear();
  token.set('');
  tokenIsWanted.set(false);
});

afterEach(async () => {
  stop();
  await service.dies();
});

/** The numbers that a follower was told, as they come. */
function heard(after: string | null = null, ...times: number[]): number[] {
  const told: number[] = [];
  const next = (data: Record<string, unknown>) => {
    const { number } = data['numbers'] as { number: number };
    told.push(number);
  };
  const sink = { next, error: () => undefined, complete: () => undefined };
  stop = follow(socketTo(`ws://127.0.0.1:${String(service.port)}`, ...times), { query: QUERY, variables: { after } }, sink);
  return told;
}

test('what is watched goes on after a restart of the service where it was: nothing is lost, nothing comes twice', async () => {
  service = await new Service(0, 3).listens();
  const told = heard();
  await vi.waitFor(() => { expect(told).toEqual([1, 2, 3]); });
  expect(isConnected.get()).toBe(true);

  const port = await service.dies();
  await vi.waitFor(() => { expect(isConnected.get()).toBe(false); });
  service = await new Service(port, 5).listens();
  await vi.waitFor(() => { expect(told).toEqual([1, 2, 3, 4, 5]); });
  expect(service.asked).toEqual(['3']);
  expect(isConnected.get()).toBe(true);
});

test('a position that the service no longer knows begins anew', async () => {
  service = await new Service(0, 2).listens();
  const told = heard('99');
  await vi.waitFor(() => { expect(told).toEqual([1, 2]); });
  expect(service.asked).toEqual(['99', null]);
});

test('a service that wants its token is asked again as soon as it was told', async () => {
  service = await new Service(0, 2, 'secret').listens();
  const told = heard();
  await vi.waitFor(() => { expect(tokenIsWanted.get()).toBe(true); });
  expect(told).toEqual([]);
  rememberToken('secret');
  await vi.waitFor(() => { expect(told).toEqual([1, 2]); });
  expect(tokenIsWanted.get()).toBe(false);
});

test('a service that is frozen is not taken for one that is there, and is followed again when it thaws', async () => {
  service = await new Service(0, 3).listens();
  const told = heard(null, 50, 2_000);
  await vi.waitFor(() => { expect(told).toEqual([1, 2, 3]); });
  for (const socket of service.server.clients) socket.pause();
  await vi.waitFor(() => { expect(isConnected.get()).toBe(false); });
  await vi.waitFor(() => { expect([isConnected.get(), service.asked]).toEqual([true, [null, '3']]); });
  expect(told).toEqual([1, 2, 3]);
});

test('one that answers pings stays connected', async () => {
  service = await new Service(0, 3).listens();
  const pings = vi.fn();
  service.server.on('connection', (socket) => socket.on('message', pings));
  heard(null, 50, 3_000);
  await vi.waitFor(() => { expect(pings.mock.calls.length).toBeGreaterThan(70); });
  expect([isConnected.get(), service.asked]).toEqual([true, [null]]);
});

test('without a network it connects anew instead of waiting for an answer', async () => {
  service = await new Service(0, 3).listens();
  const told = heard();
  await vi.waitFor(() => { expect(told).toEqual([1, 2, 3]); });
  window.dispatchEvent(new Event('offline'));
  expect(isConnected.get()).toBe(false);
  await vi.waitFor(() => { expect([isConnected.get(), service.asked]).toEqual([true, [null, '3']]); });
});
