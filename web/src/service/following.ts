import type { FormattedExecutionResult, GraphQLFormattedError } from 'graphql';
import { type Client, createClient } from 'graphql-ws';

import { setReached, setUntold } from './connection';
import { shown, token, tokenIsWanted } from './token';

/** What the service closes a socket with that did not show the token. */
const FORBIDDEN = 4403;
const FIRST_WAIT_MILLISECONDS = 300;
const LONGEST_WAIT_MILLISECONDS = 5_000;
const PING_MILLISECONDS = 10_000;
/** After this long without an answer to a ping the service is frozen, or the line gone without a word. */
const PONG_MILLISECONDS = 5_000;
/** What is not refused for so long is well: the service waits for its database for less. */
const WELL_MILLISECONDS = 35_000;
/** What the service says of trouble that is its own, and may be over soon. */
const TROUBLE: readonly unknown[] = ['TRY_AGAIN', 'INTERNAL_SERVER_ERROR'];

type Variables = Record<string, unknown>;
type Data = Record<string, unknown>;
type Result = FormattedExecutionResult<Data>;
type Refusal = readonly GraphQLFormattedError[];

export interface Request {
  query: string;
  variables: Variables;
}

export interface Sink {
  /**
   * The first of all, and the first after each loss, says so: what was cut by that is told anew. `isFromStart`: it was
   * asked for from no position on, as where that of before is known no more.
   */
  next: (data: Data, isFirst: boolean, isFromStart: boolean) => void;
  /** It was refused, or has failed: nothing more comes. */
  error: (refused: Refusal) => void;
  complete: () => void;
}

/** One socket for all that is watched. It does not connect again by itself: what is watched does, from where it was. */
export function socketTo(url: string, pingMilliseconds = PING_MILLISECONDS, pongMilliseconds = PONG_MILLISECONDS): Client {
  let unanswered: ReturnType<typeof setTimeout> | undefined;
  const client = createClient({
    url,
    connectionParams: shown,
    retryAttempts: 0,
    keepAlive: pingMilliseconds,
    lazyCloseTimeout: 1_000,
    onNonLazyError: () => undefined,
    on: {
      connected: () => {
        setReached(true);
      },
      ping: (isReceived) => {
        if (!isReceived) unanswered = setTimeout(() => { client.terminate(); }, pongMilliseconds);
      },
      pong: (isReceived) => {
        if (isReceived) clearTimeout(unanswered);
      },
      closed: (event) => {
        clearTimeout(unanswered);
        if (codeOf(event) !== 1000) setReached(false);
        if (codeOf(event) === FORBIDDEN) tokenIsWanted.set(true);
      },
    },
  });
  // what was connected through a network that is gone would wait for an answer for minutes
  window.addEventListener('offline', () => { client.terminate(); });
  return client;
}

/**
 * Watch until told to stop: through every loss of the connection and every trouble of the service, and each time from
 * the last position that was heard. A subscription with the variable `after` goes on there; another begins anew with how
 * things are. Nothing is handed on but what was told: a result without data is its end.
 */
export function follow(client: Client, request: Request, sink: Sink): () => void {
  const resumes = request.query.includes('$after');
  let { variables } = request;
  let wait = FIRST_WAIT_MILLISECONDS;
  let stop: () => void;

  const watch = () => {
    const isFromStart = (variables['after'] ?? null) === null;
    let isFirst = true;
    let isOver = false;
    const well = setTimeout(() => {
      wait = FIRST_WAIT_MILLISECONDS;
      setUntold(request, false);
    }, WELL_MILLISECONDS);
    const leave = () => {
      isOver = true;
      clearTimeout(well);
      unsubscribe();
    };
    const next = ({ data, errors }: Result) => {
      if (isOver) return;
      if (!data) {
        error(errors ?? []);
        return;
      }
      setUntold(request, false);
      const position = resumes ? positionOf(data) : null;
      if (position !== null) variables = { ...variables, after: position };
      sink.next(data, isFirst, isFromStart);
      isFirst = false;
    };
    const error = (wrong: unknown) => {
      if (isOver) return;
      leave();
      const isInTrouble = isRefusal(wrong) && codesOf(wrong).some((code) => TROUBLE.includes(code));
      if (!isRefusal(wrong) || isInTrouble) {
        if (isInTrouble) setUntold(request, true);
        stop = later(watch, wait);
        wait = Math.min(2 * wait, LONGEST_WAIT_MILLISECONDS);
      } else if (resumes && codesOf(wrong).includes('CURSOR_EXPIRED')) {
        // the position is of another log, or of none any more
        variables = { ...variables, after: null };
        watch();
      } else {
        setUntold(request, false);
        sink.error(wrong);
      }
    };
    const complete = () => {
      if (isOver) return;
      leave();
      setUntold(request, false);
      sink.complete();
    };
    const unsubscribe = client.subscribe<Data>({ ...request, variables }, { next, error, complete });
    stop = leave;
  };
  watch();
  return () => {
    stop();
    setUntold(request, false);
  };
}

/**
 * Runs it once: after a while, or as soon as the network is back or the token was told; while the token is asked for,
 * not before. The result calls it off.
 */
export function later(run: () => void, milliseconds: number): () => void {
  const now = () => {
    off();
    run();
  };
  const timer = tokenIsWanted.get() ? undefined : setTimeout(now, milliseconds);
  const unsubscribe = token.subscribe(now);
  window.addEventListener('online', now);
  const off = () => {
    clearTimeout(timer);
    unsubscribe();
    window.removeEventListener('online', now);
  };
  return off;
}

/** Errors of the operation come as a list; a lost connection as an event. */
function isRefusal(wrong: unknown): wrong is Refusal {
  return Array.isArray(wrong);
}

const codesOf = (refused: Refusal): readonly unknown[] => refused.map(({ extensions }) => extensions?.['code']);

/** From where to go on after this; null within a part that would have to be told anew. */
function positionOf(data: Data): string | null {
  for (const root of Object.values(data)) {
    if (typeof root !== 'object' || root === null) continue;
    const { position, cursor } = root as { position?: unknown; cursor?: unknown };
    const found = cursor ?? position;
    if (typeof found === 'string') return found;
  }
  return null;
}

function codeOf(event: unknown): number | null {
  const code = typeof event === 'object' && event !== null && 'code' in event ? event.code : null;
  return typeof code === 'number' ? code : null;
}
