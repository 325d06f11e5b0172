import { lazy, Suspense } from 'react';
import { Route, Switch } from 'wouter';

import { AllDatasets } from '../datasets/AllDatasets';
import { DatasetsPage } from '../datasets/DatasetsPage';
import { NotFound } from './NotFound';
import { Shell } from './Shell';

// Charts come with the page that draws them.
const DatasetPage = lazy(() => import('../dataset/DatasetPage'));
const JobsPage = lazy(() => import('../jobs/JobsPage'));
const StoragePage = lazy(() => import('../storage/StoragePage'));

export function App() {
  return (
    <AllDatasets>
      <Shell>
        <Suspense>
          <Switch>
            <Route path="/" component={DatasetsPage} />
            <Route path="/datasets/:id/:tab?" component={DatasetPage} />
            <Route path="/jobs" component={JobsPage} />
            <Route path="/storage" component={StoragePage} />
            <Route>
              <NotFound />
            </Route>
          </Switch>
        </Suspense>
      </Shell>
    </AllDatasets>
  );
}
