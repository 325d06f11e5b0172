import { cacheExchange, type Client, createClient, fetchExchange, mapExchange, subscriptionExchange } from 'urql';

import { askingAgain } from './asking-again';
import { follow, socketTo } from './following';
import { shown, tokenIsWanted } from './token';

const UNAUTHENTICATED = 401;

/** Where the service of this page answers. */
export const serviceAddress = (): string => new URL('/graphql', window.location.href).href;

const noticing = mapExchange({
  onError: ({ response }) => {
    if (statusOf(response) === UNAUTHENTICATED) tokenIsWanted.set(true);
  },
});

const asked = (url: string) => ({ url, fetchOptions: () => ({ headers: shown() }), preferGetMethod: false });

/** For a question with a secret in it: a cache would keep both as long as the page is open. */
export function clientWithoutCache(address: string): Client {
  return createClient({ ...asked(address), exchanges: [noticing, askingAgain, fetchExchange] });
}

/** Queries and mutations go by HTTP; what is watched by one socket, resumed after every loss. */
export function clientOf(address: string): Client {
  const socket = socketTo(address.replace(/^http/, 'ws'));
  return createClient({
    ...asked(address),
    exchanges: [
      noticing,
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
