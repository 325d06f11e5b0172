import { createGraphiQLFetcher } from '@graphiql/toolkit';
import { GraphiQL } from 'graphiql';

import { EXAMPLES } from './examples';

const ENDPOINT = new URL('/graphql', window.location.href);

/** Queries and mutations go by HTTP, subscriptions by WebSocket; both carry what the Headers tab says. */
const fetcher = createGraphiQLFetcher({
  url: ENDPOINT.href,
  subscriptionUrl: ENDPOINT.href.replace(/^http/, 'ws'),
  enableIncrementalDelivery: false,
});

export function Playground() {
  return (
    <GraphiQL fetcher={fetcher} defaultTabs={EXAMPLES} shouldPersistHeaders={false} showPersistHeadersSettings={false}>
      <GraphiQL.Logo>miStudio Datasets</GraphiQL.Logo>
    </GraphiQL>
  );
}
