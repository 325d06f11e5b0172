import { type Exchange, makeOperation, type Operation, type OperationResult } from 'urql';
import { filter, map, merge, onPush, pipe } from 'wonka';

/** So many answers are kept. */
export const MOST_KEPT = 60;

/**
 * Keeps the answers to queries for who asks the same again: those that were wanted last, where urql's own cache keeps
 * all. What is asked for past them (`network-only`) makes one that is kept newer, and no further one. After a mutation
 * none is right any more: what is shown is asked again.
 */
export const keeping: Exchange = ({ client, forward }) => (operations) => {
  const kept = new Map<number, OperationResult>();
  const keep = (result: OperationResult) => {
    const { key } = result.operation;
    kept.delete(key);
    kept.set(key, result);
    const [oldest] = kept.keys();
    if (kept.size > MOST_KEPT && oldest !== undefined) kept.delete(oldest);
  };
  const askAnew = (operation: Operation) => {
    client.reexecuteOperation(makeOperation(operation.kind, operation, { ...operation.context, requestPolicy: 'network-only' }));
  };
  const keptOf = ({ kind, key, context }: Operation) => (kind === 'query' && context.requestPolicy !== 'network-only' ? kept.get(key) : undefined);

  const known = pipe(
    operations,
    map((operation) => ({ operation, result: keptOf(operation) })),
    filter((found): found is { operation: Operation; result: OperationResult } => found.result !== undefined),
    map(({ operation, result }) => {
      keep(result);
      const stale = operation.context.requestPolicy === 'cache-and-network';
      if (stale) askAnew(operation);
      return { ...result, operation, stale };
    }),
  );
  const told = pipe(
    operations,
    filter((operation) => keptOf(operation) === undefined),
    forward,
    onPush((result) => {
      const { operation } = result;
      if (!result.data) return;
      if (operation.kind === 'query' && (operation.context.requestPolicy !== 'network-only' || kept.has(operation.key))) keep(result);
      if (operation.kind !== 'mutation') return;
      const before = [...kept.values()];
      kept.clear();
      for (const { operation: shown } of before) askAnew(shown);
    }),
  );
  return merge([known, told]);
};
