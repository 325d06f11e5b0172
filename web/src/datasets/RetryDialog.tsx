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

interface Asked {
  readonly what: Retried;
  readonly why: string;
}

/** Goes on with what failed, by `run`; where a token may be what was missing, or `run` says why it is, it is asked for. */
export function useRetry(run: (what: Retried, accessToken?: string) => Promise<string | null>): { retry: (what: Retried) => void; dialog: ReactNode } {
  const [asked, setAsked] = useState<Asked | null>(null);
  const go = useCallback(
    async (what: Retried, token?: string) => {
      const why = await run(what, token);
      if (why !== null) setAsked({ what, why });
    },
    [run],
  );
  const retry = useCallback(
    (what: Retried) => {
      if (what.error && FOR_WANT_OF_A_TOKEN.includes(what.error.code)) setAsked({ what, why: what.error.message });
      else void go(what);
    },
    [go],
  );
  const close = () => { setAsked(null); };
  const goWith = (token: string) => {
    close();
    if (asked) void go(asked.what, token);
  };
  return { retry, dialog: asked && <RetryDialog {...asked} onRetry={goWith} onClose={close} /> };
}

function RetryDialog({ what: { name }, why, onRetry, onClose }: Asked & { onRetry: (token: string) => void; onClose: () => void }) {
  const [token, setToken] = useState('');
  return (
    <Dialog title={`Retry ${name}`} description={why} onClose={onClose}>
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
