import { KeyRound } from 'lucide-react';
import { useState } from 'react';

import { useStore } from '../service/store';
import { rememberToken, token, tokenIsWanted } from '../service/token';
import { Button } from '../ui/Button';
import { Dialog } from '../ui/Dialog';
import { Field } from '../ui/Field';

/** Asks for the token where the service wants it; who puts that off reads why nothing is here, and can go back to it. */
export function TokenWanted() {
  const [isPutOff, setIsPutOff] = useState(false);
  if (!useStore(tokenIsWanted)) return null;
  if (!isPutOff) return <TokenDialog onClose={() => { setIsPutOff(true); }} />;
  return (
    <div role="alert" className="sticky top-14 z-20 bg-warn-soft text-warn backdrop-blur">
      <p className="mx-auto flex max-w-7xl flex-wrap items-center gap-2 px-4 py-1 sm:px-6">
        <KeyRound className="size-4 shrink-0" aria-hidden />
        This service asks for its token, and tells nothing before.
        <Button onClick={() => { setIsPutOff(false); }}>Tell it</Button>
      </p>
    </div>
  );
}

/** Asks once for what the operator has set as MISTUDIO_API_TOKEN; this browser keeps it. */
function TokenDialog({ onClose }: { onClose: () => void }) {
  const wasRefused = token.get() !== '';
  const [told, setTold] = useState('');
  return (
    <Dialog
      title="This service asks for its token"
      description="Whoever runs it has it. It stays in this browser, and is asked for again only if it changes."
      onClose={onClose}
    >
      <form
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          rememberToken(told.trim());
          // what was refused before is asked for anew
          window.location.reload();
        }}
      >
        <Field
          label="Token"
          type="password"
          autoComplete="current-password"
          required
          value={told}
          wrong={wasRefused && told === '' ? 'The service refused the token that it was told.' : ''}
          onChange={(event) => { setTold(event.target.value); }}
        />
        <Button type="submit" kind="primary" className="self-end" disabled={told.trim() === ''}>
          Go on
        </Button>
      </form>
    </Dialog>
  );
}
