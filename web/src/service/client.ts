import { cacheExchange, type Client, createClient, fetchExchange, mapExchange, subscriptionExchange } from 'urql';

import { askingAgain } from './asking-again';
import { follow, socketTo } from './following';
import { shown, tokenIsWanted } from './token';

const UNAUTHENTICATED = 401;

/** Queries and mutations go by HTTP; what is watched by one socket, resumed after every loss. */
export function clientOf(address: string): Client {
  const socket = socketTo(address.replace(/^http/, 'ws'));
  return createClient({
    url: address,
    fetchOptions: () => ({ headers: shown() }),
    preferGetMethod: false,
    exchanges: [
      mapExchange({
        onError: ({ response }) => {
          if (statusOf(response) === UNAUTHENTICATED) tokenIsWanted.set(true);
        },
      }),
      askingAgain,
      cacheExchange,
      subscriptionExchange({
        forwardSubscription: ({ query = '', variables }) => ({
          subscribe: (sink) => {
            // urql's own errors name no cause that a person could act on, so a refusal is a result with its errors
            const error = (wrong: unknown) => {
              sink.next({ errors: Array.isArray(wrong) ? wrong : [new Error('The service does not tell why.')] });
              sink.complete();
            };
            const unsubscribe = follow(socket, { query, variables: { ...variables } }, { ...sink, error });
            return { unsubscribe };
          },
        }),
      }),
      fetchExchange,
    ],
  });
}

function statusOf(response: unknown): number | null {
  const status = typeof response === 'object' && response !== null && 'status' in response ? response.status : null;
  return typeof status === 'number' ? status : null;
}
