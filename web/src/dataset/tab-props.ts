import type { DatasetDetailFragment } from '#graphql';

/** What each tab of a dataset's page is given. */
export interface TabProps {
  readonly dataset: DatasetDetailFragment;
}
