import { createGraphiQLFetcher, type Fetcher } from '@graphiql/toolkit';
import { type DocumentNode, getOperationAST, GraphQLError, parse } from 'graphql';
import { createClient } from 'graphql-ws';

const ENDPOINT = new URL('/graphql', window.location.href);

/**
 * Queries and mutations go by HTTP, subscriptions by WebSocket; both carry what the Headers tab says. A socket that is
 * cut says so: to connect again by itself would repeat all that was told since the position of the variables.
 */
const send: Fetcher = (params, options) => {
  const connectionParams = { ...options?.headers };
  const wsClient = createClient({ url: ENDPOINT.href.replace(/^http/, 'ws'), connectionParams, retryAttempts: 0 });
  return createGraphiQLFetcher({ url: ENDPOINT.href, wsClient, enableIncrementalDelivery: false })(params, options);
};

/**
 * Sends the operation that is in the editor. GraphiQL reads an editor with a delay: right after a change of tabs it
 * still names the operation of the tab before, and would take a subscription for a query.
 */
export const fetcher: Fetcher = (params, options) => {
  const document = parsed(params.query);
  const only = document && getOperationAST(document);
  if (!only) return send(params, options);
  return send({ ...params, operationName: only.name?.value ?? null }, { ...options, documentAST: document });
};

/** The document; null where it cannot be parsed, which the server tells best. */
function parsed(query: string): DocumentNode | null {
  try {
    return parse(query);
  } catch (wrong) {
    if (wrong instanceof GraphQLError) return null;
    throw wrong;
  }
}
