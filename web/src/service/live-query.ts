import { useEffect, useRef } from 'react';
import { type AnyVariables, type TypedDocumentNode, useQuery, type UseQueryState } from 'urql';

const REST_MILLISECONDS = 600;

/**
 * A query that is asked again whenever `change` is another one, at most every 600 ms unless told otherwise; what it gave before stays until
 * the new answer is here.
 */
export function useLiveQuery<Data, Variables extends AnyVariables>(
  query: TypedDocumentNode<Data, Variables>,
  variables: Variables,
  change: number,
  restMilliseconds = REST_MILLISECONDS,
): UseQueryState<Data, Variables> {
  const [state, ask] = useQuery({ query, variables, requestPolicy: 'cache-and-network' });
  const seen = useRef(change);
  const asked = useRef(0);
  useEffect(() => {
    if (seen.current === change) return;
    seen.current = change;
    const wait = Math.max(0, asked.current + restMilliseconds - performance.now());
    const timer = setTimeout(() => {
      asked.current = performance.now();
      ask({ requestPolicy: 'network-only' });
    }, wait);
    return () => {
      // the change that calls this off has a timer of its own, which keeps to the same moment
      clearTimeout(timer);
      seen.current = Number.NaN;
    };
  }, [change, ask, restMilliseconds]);
  return state;
}
