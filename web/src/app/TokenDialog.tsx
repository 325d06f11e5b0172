import { useState } from 'react';

import { rememberToken, tokenIsWanted } from '../service/token';
import { Button } from '../ui/Button';
import { Dialog } from '../ui/Dialog';
import { Field } from '../ui/Field';

/** Asks once for what the operator has set as MISTUDIO_API_TOKEN; this browser keeps it. */
export function TokenDialog() {
  const [told, setTold] = useState('');
  return (
    <Dialog
      title="This service asks for its token"
      description="Whoever runs it has it. It stays in this browser, and is asked for again only if it changes."
      onClose={() => { tokenIsWanted.set(false); }}
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
          onChange={(event) => { setTold(event.target.value); }}
        />
        <Button type="submit" kind="primary" className="self-end" disabled={told.trim() === ''}>
          Go on
        </Button>
      </form>
    </Dialog>
  );
}
