import type { GraphQLFormattedError } from 'graphql';
import { type Client, createClient, fetchExchange, mapExchange, type OperationResult, subscriptionExchange } from 'urql';

import { askingAgain } from './asking-again';
import { follow, socketTo } from './following';
import { keeping } from './keeping';
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

/** Whether a result of what is watched is the first of all, or the first after a loss. */
export const beginsAnew = ({ extensions }: OperationResult): boolean => extensions?.['isFirst'] === true;

/** Whether a result of what is watched begins with the oldest that there is. */
export const beginsAtStart = (result: OperationResult): boolean => beginsAnew(result) && result.extensions?.['isFromStart'] === true;

/** Queries and mutations go by HTTP; what is watched by one socket, resumed after every loss. */
export function clientOf(address: string): Client {
  const socket = socketTo(address.replace(/^http/, 'ws'));
  return createClient({
    ...asked(address),
    exchanges: [
      noticing,
      askingAgain,
      keeping,
      subscriptionExchange({
        forwardSubscription: ({ query = '', variables }) => ({
          subscribe: (sink) => {
            // to each result urql adds what the ones before had and this one has not: the last one says that it is the last
            const end = (last: { data: null } | { errors: readonly GraphQLFormattedError[] }) => {
              sink.next({ ...last, hasNext: false });
              sink.complete();
            };
            const next = (data: object, isFirst: boolean, isFromStart: boolean) => { sink.next({ data, extensions: { isFirst, isFromStart } }); };
            // urql's own errors name no cause that a person could act on, so a refusal is a result with its errors
            const error = (errors: readonly GraphQLFormattedError[]) => { end({ errors }); };
            const complete = () => { end({ data: null }); };
            const unsubscribe = follow(socket, { query, variables: { ...variables } }, { next, error, complete });
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
