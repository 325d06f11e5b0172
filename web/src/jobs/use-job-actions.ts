import { useMemo } from 'react';

import { CancelJobDocument, RetryJobDocument } from '#graphql';

import { say } from '../app/toasts';
import { changes } from '../datasets/AllDatasets';
import { useAct } from '../service/act';

export interface JobActions {
  cancel: (jobId: string) => Promise<void>;
  retry: (jobId: string) => Promise<void>;
}

export function useJobActions(): JobActions {
  const act = useAct();
  return useMemo(() => {
    const run = (document: typeof CancelJobDocument | typeof RetryJobDocument) => async (jobId: string) => {
      const { wrong } = await act(document as typeof CancelJobDocument, { jobId });
      changes.set(changes.get() + 1);
      if (wrong[0]) say(wrong[0].message, { isWrong: true });
    };
    return { cancel: run(CancelJobDocument), retry: run(RetryJobDocument) };
  }, [act]);
}
