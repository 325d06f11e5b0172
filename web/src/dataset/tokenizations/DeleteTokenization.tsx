import { Trash2 } from 'lucide-react';
import { useState } from 'react';
import { useQuery } from 'urql';

import { DeleteTokenizationDocument, StoredOfTokenizationDocument, type StoredOfTokenizationQuery, type TokenizationLineFragment } from '#graphql';

import { say } from '../../app/toasts';
import { messageOf, useAct } from '../../service/act';
import { bytes, counted } from '../../text/format';
import { Button, IconButton } from '../../ui/Button';
import { Dialog } from '../../ui/Dialog';
import { Problem } from '../../ui/Problem';
import { recipeLine } from './recipe-line';

/** A tokenization has no trash: its name and its bytes are read before it goes. */
export function DeleteTokenization({ tokenization }: { tokenization: TokenizationLineFragment }) {
  const { id, tokenizer, recipe } = tokenization;
  const act = useAct();
  const [asks, setAsks] = useState(false);
  const close = () => { setAsks(false); };
  const remove = async () => {
    close();
    const { wrong } = await act(DeleteTokenizationDocument, { tokenizationId: id });
    if (wrong[0]) say(wrong[0].message, { isWrong: true });
  };
  return (
    <>
      <IconButton label={`Delete ${tokenizer}, ${recipeLine(recipe)}`} onClick={() => { setAsks(true); }}>
        <Trash2 />
      </IconButton>
      {asks && <Asked tokenization={tokenization} onDelete={() => void remove()} onClose={close} />}
    </>
  );
}

function Asked({ tokenization: { id, tokenizer, recipe }, onDelete, onClose }: { tokenization: TokenizationLineFragment; onDelete: () => void; onClose: () => void }) {
  const [{ data, error }] = useQuery({ query: StoredOfTokenizationDocument, variables: { id }, requestPolicy: 'network-only' });
  const stored = data?.tokenization;
  const what = stored ? storedLine(stored) : '…';
  return (
    <Dialog title={`Delete the tokens of ${tokenizer}?`} description={`${recipeLine(recipe)}: ${what}. There is no way back, but it can be tokenized again.`} onClose={onClose}>
      <div className="flex flex-col gap-4">
        {error && <Problem message={messageOf(error)} />}
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>Keep</Button>
          <Button kind="danger" disabled={!stored} onClick={onDelete}>
            <Trash2 aria-hidden /> Delete
          </Button>
        </div>
      </div>
    </Dialog>
  );
}

/** All that goes: "300 B, and 2 exports of it with 1.2 kB". */
function storedLine({ sizeBytes, exports }: NonNullable<StoredOfTokenizationQuery['tokenization']>): string {
  const own = sizeBytes === null ? 'it is not ready, and what was made of it so far goes with it' : bytes(sizeBytes);
  const sizes = exports.flatMap((each) => each.sizeBytes ?? []);
  const ready = `${counted(sizes.length, 'export')} of it with ${bytes(sizes.reduce((sum, size) => sum + size, 0))}`;
  const unready = exports.length - sizes.length;
  return [own, ...(sizes.length > 0 ? [ready] : []), ...(unready > 0 ? [`${counted(unready, 'export')} of it not ready`] : [])].join(', and ');
}
