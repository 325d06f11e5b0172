import { Suspense } from 'react';
import { Route, Switch, useLocation } from 'wouter';

import { AllDatasets } from '../datasets/AllDatasets';
import { DatasetsPage } from '../datasets/DatasetsPage';
import { Boundary } from './Boundary';
import { lazily } from './lazily';
import { NotFound } from './NotFound';
import { Shell } from './Shell';

// Charts come with the page that draws them.
const DatasetPage = lazily(() => import('../dataset/DatasetPage'));
const JobsPage = lazily(() => import('../jobs/JobsPage'));
const StoragePage = lazily(() => import('../storage/StoragePage'));

export function App() {
  const [location] = useLocation();
  return (
    <AllDatasets>
      <Shell>
        <Boundary place={location}>
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
        </Boundary>
      </Shell>
    </AllDatasets>
  );
}
