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

/** GraphiQL keeps the tabs of a visit for the next one, and fills in the variables of the first tab only if told. */
const isFirstVisit = window.localStorage.getItem('graphiql:tabState') === null;
const variablesOfFirstTab = isFirstVisit ? { initialVariables: EXAMPLES[0]?.variables ?? '' } : {};

export function Playground() {
  return (
    <GraphiQL
      fetcher={fetcher}
      defaultTabs={EXAMPLES}
      {...variablesOfFirstTab}
      defaultEditorToolsVisibility="variables"
      shouldPersistHeaders={false}
      showPersistHeadersSettings={false}
    >
      <GraphiQL.Logo>miStudio Datasets</GraphiQL.Logo>
    </GraphiQL>
  );
}
