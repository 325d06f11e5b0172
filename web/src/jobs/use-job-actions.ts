import { useMemo } from 'react';

import { CancelJobDocument, RetryJobDocument } from '#graphql';

import { say } from '../app/toasts';
import { changes } from '../datasets/AllDatasets';
import { type Outcome, useAct } from '../service/act';

export interface JobActions {
  cancel: (jobId: string) => Promise<void>;
  retry: (jobId: string, accessToken?: string) => Promise<void>;
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
        told(await act(RetryJobDocument, { jobId, ...(accessToken ? { accessToken } : {}) }));
      },
    };
  }, [act]);
}
