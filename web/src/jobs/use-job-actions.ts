import { useMemo } from 'react';

import { CancelJobDocument, RetryJobDocument } from '#graphql';

import { say } from '../app/toasts';
import { changes } from '../datasets/AllDatasets';
import { type Outcome, useAct, wantedToken } from '../service/act';

export interface JobActions {
  cancel: (jobId: string) => Promise<void>;
  /** Why a token has to be given first; null where it has not. */
  retry: (jobId: string, accessToken?: string) => Promise<string | null>;
}

export function useJobActions(): JobActions {
  const act = useAct();
  return useMemo(() => {
    const told = ({ wrong }: Outcome<unknown>) => {
      changes.set(changes.get() + 1);
      if (wrong[0]) say(wrong[0].message, { isWrong: true });
    };
    return {
      cancel: async (jobId) => { told(await act(CancelJobDocument, { jobId })); },
      retry: async (jobId, accessToken) => {
        const outcome = await act(RetryJobDocument, { jobId, ...(accessToken ? { accessToken } : {}) });
        const missing = wantedToken(outcome);
        if (missing === null) told(outcome);
        return missing;
      },
    };
  }, [act]);
}
