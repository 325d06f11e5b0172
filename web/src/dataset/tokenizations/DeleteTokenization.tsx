import { Trash2 } from 'lucide-react';
import { useState } from 'react';

import { DeleteTokenizationDocument, type TokenizationLineFragment } from '#graphql';

import { say } from '../../app/toasts';
import { useAct } from '../../service/act';
import { bytes } from '../../text/format';
import { Button, IconButton } from '../../ui/Button';
import { Dialog } from '../../ui/Dialog';
import { recipeLine } from './recipe-line';

/** A tokenization has no trash: its name and its bytes are read before it goes. */
export function DeleteTokenization({ tokenization: { id, tokenizer, recipe, sizeBytes } }: { tokenization: TokenizationLineFragment }) {
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
      {asks && (
        <Dialog title={`Delete the tokens of ${tokenizer}?`} description={`${recipeLine(recipe)}: ${bytes(sizeBytes ?? 0)}. There is no way back, but it can be tokenized again.`} onClose={close}>
          <div className="flex justify-end gap-2">
            <Button onClick={close}>Keep</Button>
            <Button kind="danger" onClick={() => void remove()}>
              <Trash2 aria-hidden /> Delete
            </Button>
          </div>
        </Dialog>
      )}
    </>
  );
}
