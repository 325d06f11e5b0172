import { type CombinedError, type Exchange, type Operation, type OperationResult } from 'urql';
import { makeSubject, map, merge, onPush, pipe } from 'wonka';

import type { ErrorCode } from '#graphql';

import { later } from './following';

const FIRST_WAIT_MILLISECONDS = 500;
const LONGEST_WAIT_MILLISECONDS = 4_000;
/** How long a question is asked again that nobody was ready to answer: whoever answers gets warm in less. */
const PATIENCE_MILLISECONDS = 120_000;
/** What a proxy says of a service that is away. */
const AWAY: readonly number[] = [502, 503, 504];
const TRY_AGAIN: ErrorCode = 'TRY_AGAIN';

interface Answer {
  readonly data?: unknown;
  readonly error?: CombinedError | undefined;
}

interface Asked {
  readonly since: number;
  readonly wait: number;
  readonly stop: () => void;
}

/**
 * Queries that were not answered are asked again by themselves: for two minutes where the service says so, and until it
 * answers where it cannot be reached. Until then their result is `stale`. Mutations are none of its business.
 */
export const askingAgain: Exchange = ({ forward }) => (operations) => {
  const again = makeSubject<Operation>();
  const asked = new Map<number, Asked>();
  const forget = (key: number) => {
    asked.get(key)?.stop();
    asked.delete(key);
  };
  const plan = (operation: Operation) => {
    const { key } = operation;
    const before = asked.get(key);
    const wait = before?.wait ?? FIRST_WAIT_MILLISECONDS;
    // what was cached is the answer that was none
    const run = () => { again.next({ ...operation, context: { ...operation.context, requestPolicy: 'network-only' } }); };
    asked.set(key, { since: before?.since ?? performance.now(), wait: Math.min(2 * wait, LONGEST_WAIT_MILLISECONDS), stop: later(run, wait) });
  };
  const settle = (result: OperationResult): OperationResult => {
    const { operation } = result;
    const began = asked.get(operation.key)?.since ?? performance.now();
    const isOver = performance.now() - began > PATIENCE_MILLISECONDS;
    if (operation.kind === 'query' && (isUnreachable(result) || (isNotReady(result) && !isOver))) {
      plan(operation);
      return { ...result, stale: true };
    }
    forget(operation.key);
    return result;
  };
  // one that is given up, or is asked anew by a person, waits no longer
  const heard = pipe(operations, onPush(({ key }) => { forget(key); }));
  return pipe(merge([heard, again.source]), forward, map(settle));
};

/** Whether an answer is on its way for which nobody was ready yet. */
export const isAskedAgain = (result: Answer & { readonly stale: boolean }): boolean => result.stale && isNotReady(result);

/**
 * Whether the service was asked and told to ask again: of the whole query, or as the error of a field's answer. The
 * error of what has a status is that of its job, and no answer.
 */
function isNotReady({ data, error }: Answer): boolean {
  const answers = Object.values((data ?? {}) as Record<string, { status?: unknown; error?: { code?: ErrorCode } | null } | null>);
  return (
    error?.graphQLErrors.some(({ extensions }) => extensions['code'] === TRY_AGAIN) === true ||
    answers.some((answer) => answer?.status === undefined && answer?.error?.code === TRY_AGAIN)
  );
}

function isUnreachable({ error }: OperationResult): boolean {
  if (!error?.networkError) return false;
  const response = error.response as { status: number } | undefined;
  return response === undefined || AWAY.includes(response.status);
}
