import { RotateCcw } from 'lucide-react';
import { type ReactNode, useCallback, useState } from 'react';

import type { DatasetCardFragment, ErrorCode } from '#graphql';

import { Button } from '../ui/Button';
import { Dialog } from '../ui/Dialog';
import { Field } from '../ui/Field';

/** What a token may help against. */
const FOR_WANT_OF_A_TOKEN: readonly ErrorCode[] = ['REPOSITORY_NOT_FOUND', 'AUTHENTICATION_REQUIRED', 'ACCESS_DENIED'];

/** A dataset or a job. */
type Retried = Pick<DatasetCardFragment, 'id' | 'name' | 'error'>;

/** Goes on with what failed, by `run`; where a token may be what was missing, it is asked for first. */
export function useRetry(run: (what: Retried, accessToken?: string) => Promise<void>): { retry: (what: Retried) => void; dialog: ReactNode } {
  const [asked, setAsked] = useState<Retried | null>(null);
  const retry = useCallback(
    (what: Retried) => {
      if (what.error && FOR_WANT_OF_A_TOKEN.includes(what.error.code)) setAsked(what);
      else void run(what);
    },
    [run],
  );
  const close = () => { setAsked(null); };
  const go = (token: string) => {
    close();
    if (asked) void run(asked, token);
  };
  return { retry, dialog: asked && <RetryDialog what={asked} onRetry={go} onClose={close} /> };
}

function RetryDialog({ what: { name, error }, onRetry, onClose }: { what: Retried; onRetry: (token: string) => void; onClose: () => void }) {
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
