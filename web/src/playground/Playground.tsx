import { GraphiQL } from 'graphiql';

import { EXAMPLES } from './examples';
import { fetcher } from './fetcher';
import { FollowSystemTheme } from './FollowSystemTheme';

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
      <GraphiQL.Logo>
        <h1>miStudio Datasets</h1>
        <FollowSystemTheme />
      </GraphiQL.Logo>
    </GraphiQL>
  );
}
