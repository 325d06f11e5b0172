import { useCallback, useEffect, useState } from 'react';
import { useClient } from 'urql';

import { type DatasetCardFragment, type DatasetFilter, WatchDatasetsDocument } from '#graphql';

import { byFrame } from '../service/by-frame';
import { beginsAnew } from '../service/client';
import { afterChanges, type Change, emptyList, type LiveList } from '../service/live-list';

export type LiveDatasets = LiveList<DatasetCardFragment>;

export interface Watched {
  readonly list: LiveDatasets;
  /** Why they cannot be watched; empty where they are. */
  readonly wrong: string;
  /** Watches anew what was refused. */
  again: () => void;
}

const NOTHING: LiveDatasets = emptyList();

/**
 * The datasets that a filter wants, live. While another filter's are on their way those of the last one stay; null
 * watches nothing.
 */
export function useLiveDatasets(filter: DatasetFilter | null): Watched {
  const client = useClient();
  const [list, setList] = useState<LiveDatasets>(emptyList);
  const [wrong, setWrong] = useState('');
  const [tries, setTries] = useState(0);
  const again = useCallback(() => { setTries((before) => before + 1); }, []);
  const key = JSON.stringify(filter);

  useEffect(() => {
    const wanted = JSON.parse(key) as DatasetFilter | null;
    if (wanted === null) return;
    const frames = byFrame<Change<DatasetCardFragment>>((changes) => {
      setList((before) => afterChanges(before, changes));
    });
    const watching = client.subscription(WatchDatasetsDocument, { filter: wanted, after: null }).subscribe((told) => {
      const { data, error, hasNext } = told;
      // at its end there still is what was told last
      if (data && hasNext) frames.push({ ...data.datasetsChanged, isFirst: beginsAnew(told) });
      setWrong(error?.graphQLErrors.map(({ message }) => message).join(' ') ?? '');
    });
    return () => {
      watching.unsubscribe();
      frames.stop();
    };
  }, [client, key, tries]);
  return filter === null ? { list: NOTHING, wrong: '', again } : { list, wrong, again };
}
