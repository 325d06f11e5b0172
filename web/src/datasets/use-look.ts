import { useEffect, useRef, useState } from 'react';
import { filter, onPush, pipe, subscribe, take } from 'wonka';

import { LookBeforeDownloadDocument, type LookBeforeDownloadQuery } from '#graphql';

import { messageOf } from '../service/act';
import { clientWithoutCache, serviceAddress } from '../service/client';

export type Repository = LookBeforeDownloadQuery['hubDataset'];

interface Look {
  readonly repository: string;
  readonly revision: string;
  readonly accessToken: string;
}

export interface Looked {
  look: (at: Look) => void;
  readonly looked: Repository | null;
  readonly isLooking: boolean;
  /** Nobody was ready to look yet: it is asked again by itself. */
  readonly isWaiting: boolean;
  /** Why there was no look; empty where there was. */
  readonly problem: string;
  /** What was looked at, or is, is no longer what is meant. */
  forget: () => void;
}

const NOT_YET = { looked: null, isLooking: false, isWaiting: false, problem: '' };

/** A look at a repository before anything is asked for. It ends with the form, and nothing of its token is kept. */
export function useLook(): Looked {
  const [client] = useState(() => clientWithoutCache(serviceAddress()));
  const [state, setState] = useState<Omit<Looked, 'look' | 'forget'>>(NOT_YET);
  const stop = useRef<() => void>(() => undefined);
  useEffect(() => () => { stop.current(); }, []);

  const look = ({ repository, revision, accessToken }: Look) => {
    stop.current();
    setState({ ...NOT_YET, isLooking: true });
    const variables = { repository, revision: revision || null, accessToken: accessToken || null };
    const looking = pipe(
      client.query(LookBeforeDownloadDocument, variables, {}),
      onPush(({ stale }) => { if (stale) setState({ ...NOT_YET, isLooking: true, isWaiting: true }); }),
      filter(({ stale }) => !stale),
      take(1),
      subscribe(({ data, error }) => {
        setState({ ...NOT_YET, looked: data?.hubDataset ?? null, problem: data ? '' : messageOf(error) });
      }),
    );
    stop.current = () => { looking.unsubscribe(); };
  };
  const forget = () => {
    stop.current();
    setState(NOT_YET);
  };
  return { ...state, look, forget };
}
