import { RotateCcw } from 'lucide-react';
import { type ReactNode, useCallback, useState } from 'react';

import type { DatasetCardFragment, ErrorCode } from '#graphql';

import { Button } from '../ui/Button';
import { Dialog } from '../ui/Dialog';
import { Field } from '../ui/Field';
import { useDatasetActions } from './use-dataset-actions';

/** What a token may help against. */
const FOR_WANT_OF_A_TOKEN: readonly ErrorCode[] = ['REPOSITORY_NOT_FOUND', 'AUTHENTICATION_REQUIRED', 'ACCESS_DENIED'];

type Retried = Pick<DatasetCardFragment, 'id' | 'name' | 'error'>;

/** Goes on with what failed; where a token may be what was missing, it is asked for first. */
export function useRetry(): { retry: (dataset: Retried) => void; dialog: ReactNode } {
  const actions = useDatasetActions();
  const [asked, setAsked] = useState<Retried | null>(null);
  const retry = useCallback(
    (dataset: Retried) => {
      if (dataset.error && FOR_WANT_OF_A_TOKEN.includes(dataset.error.code)) setAsked(dataset);
      else void actions.retry(dataset);
    },
    [actions],
  );
  const close = () => { setAsked(null); };
  const go = (token: string) => {
    close();
    if (asked) void actions.retry(asked, token);
  };
  return { retry, dialog: asked && <RetryDialog dataset={asked} onRetry={go} onClose={close} /> };
}

function RetryDialog({ dataset: { name, error }, onRetry, onClose }: { dataset: Retried; onRetry: (token: string) => void; onClose: () => void }) {
  const [token, setToken] = useState('');
  return (
    <Dialog title={`Retry ${name}`} description={error?.message ?? ''} onClose={onClose}>
      <form
        className="flex flex-col gap-4"
        autoComplete="off"
        onSubmit={(event) => {
          event.preventDefault();
          onRetry(token.trim());
        }}
      >
        <Field label="Access token" type="password" autoComplete="off" placeholder="leave empty to try without" value={token} onChange={(event) => { setToken(event.target.value); }} />
        <Button type="submit" kind="primary" className="self-end">
          <RotateCcw aria-hidden /> Retry
        </Button>
      </form>
    </Dialog>
  );
}
