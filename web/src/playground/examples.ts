import type { GraphiQLProps } from 'graphiql';

import downloadDataset from './examples/download-dataset.graphql?raw';
import lookAtRepository from './examples/look-at-repository.graphql?raw';
import watchEvents from './examples/watch-events.graphql?raw';

/** A public repository of 1 MB. */
const REPOSITORY = 'cornell-movie-review-data/rotten_tomatoes';

const variables = (values: Record<string, unknown>) => JSON.stringify(values, null, 2);

/** The tabs that a first visit opens with, in the order in which one would run them. */
export const EXAMPLES: NonNullable<GraphiQLProps['defaultTabs']> = [
  { query: lookAtRepository, variables: variables({ repository: REPOSITORY }) },
  { query: downloadDataset, variables: variables({ input: { repository: REPOSITORY } }) },
  { query: watchEvents, variables: variables({ after: '0' }) },
];
