import { type Client } from 'graphql-ws';
import { afterEach, expect, test, vi } from 'vitest';

import { ToldService } from '../test/told-service';
import { isConnected, setReached } from './connection';
import { follow, socketTo } from './following';

const QUERY = 'subscription ($after: String) { numbers(after: $after) { number position } }';
const number = (told: number) => ({ numbers: { number: told, position: String(told) } });
const trouble = (code: string) => ({ message: 'Ask again.', path: ['numbers'], extensions: { code } });

let stop: () => void = () => undefined;

afterEach(() => {
  stop();
  vi.useRealTimers();
});

/** All that is handed on. */
function heard(client: Client): unknown[] {
  const told: unknown[] = [];
  const hear = (what: unknown) => { told.push(what); };
  stop = follow(client, { query: QUERY, variables: { after: null } }, { next: hear, error: hear, complete: () => { hear('complete'); } });
  return told;
}

/** A service that is reached, and what becomes of each that begins to watch. */
function served(tell: (sink: Parameters<Client['subscribe']>[1], time: number) => void) {
  vi.useFakeTimers();
  setReached(true);
  let times = 0;
  const subscribe: Client['subscribe'] = (_, sink) => {
    times += 1;
    setTimeout(tell, 0, sink, times);
    return () => undefined;
  };
  return { client: { subscribe } as Client, times: () => times };
}

test.each([
  ['TRY_AGAIN', 'refused'],
  ['TRY_AGAIN', 'told'],
  ['INTERNAL_SERVER_ERROR', 'refused'],
  ['INTERNAL_SERVER_ERROR', 'told'],
])('what cannot be told for now, by %s that is %s, is watched again from where it was', async (code, way) => {
  const service = await new ToldService().listens();
  const told = heard(socketTo(service.address.replace('http', 'ws')));
  const first = await service.watcher();
  first.next({ data: number(1) });
  if (way === 'refused') first.error(trouble(code));
  else first.next({ data: null, errors: [trouble(code)] });
  const second = await service.watcher(2);
  expect([second.variables, isConnected.get()]).toEqual([{ after: '1' }, false]);
  second.next({ data: number(2) });
  await vi.waitFor(() => { expect(told).toEqual([number(1), number(2)]); });
  expect(isConnected.get()).toBe(true);
  stop();
  await service.stop();
});

test('one that fails each time right after it was told something is not asked for without rest', async () => {
  const { client, times } = served((sink) => {
    sink.next({ data: number(1) });
    sink.error([trouble('INTERNAL_SERVER_ERROR')]);
  });
  heard(client);
  await vi.advanceTimersByTimeAsync(60_000);
  expect([isConnected.get(), times()]).toEqual([false, 16]);
});

test('one of which nothing is heard any more, good or bad, is well', async () => {
  const { client } = served((sink, time) => { if (time === 1) sink.error([trouble('TRY_AGAIN')]); });
  heard(client);
  await vi.advanceTimersByTimeAsync(30_000);
  expect(isConnected.get()).toBe(false);
  await vi.advanceTimersByTimeAsync(10_000);
  expect(isConnected.get()).toBe(true);
});

test('one that is watched no more is nobody\'s trouble', async () => {
  const { client } = served((sink) => { sink.error([trouble('TRY_AGAIN')]); });
  heard(client);
  await vi.advanceTimersByTimeAsync(100);
  expect(isConnected.get()).toBe(false);
  stop();
  expect(isConnected.get()).toBe(true);
});
