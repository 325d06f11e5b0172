import { useEffect, useState } from 'react';
import { type CombinedError, useClient } from 'urql';

import { type DatasetDetailFragment, WatchDatasetDocument } from '#graphql';

import { messageOf } from '../service/act';
import { byFrame } from '../service/by-frame';

export interface Watched {
  readonly dataset: DatasetDetailFragment | null;
  /** There is none, or no longer. */
  readonly isGone: boolean;
  /** Why it cannot be watched, where that is something else. */
  readonly wrong: string;
}

/** A dataset as it is now, and with every change of it. */
export function useDataset(id: string): Watched {
  const client = useClient();
  const [{ of, watched }, setState] = useState<{ of: string; watched: Watched }>({ of: id, watched: NOT_YET });
  useEffect(() => {
    const frames = byFrame<Watched>((told) => {
      const watched = told.at(-1);
      if (watched) setState({ of: id, watched });
    });
    const watching = client.subscription(WatchDatasetDocument, { id }).subscribe(({ data, error, hasNext }) => {
      // at its end there still are the data that were told before
      if (data && hasNext) frames.push({ ...NOT_YET, dataset: data.datasetChanged });
      else if (error && !isNotFound(error)) frames.push({ ...NOT_YET, wrong: messageOf(error) });
      else frames.push({ ...NOT_YET, isGone: true });
    });
    return () => {
      watching.unsubscribe();
      frames.stop();
    };
  }, [client, id]);
  return of === id ? watched : NOT_YET;
}

const NOT_YET: Watched = { dataset: null, isGone: false, wrong: '' };

/** The id is all that it is asked with. A page of another version of the service is told of its whole question, without a path. */
const isNotFound = ({ graphQLErrors }: CombinedError): boolean =>
  graphQLErrors.some(({ extensions, path }) => extensions['code'] === 'BAD_USER_INPUT' && path?.[0] === 'datasetChanged');
