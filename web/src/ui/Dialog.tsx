import * as Radix from '@radix-ui/react-dialog';
import { X } from 'lucide-react';
import { type ReactNode, useState } from 'react';

import { IconButton } from './Button';

const PLACE =
  'fixed inset-x-3 top-[5dvh] z-40 mx-auto flex max-h-[90dvh] flex-col rounded-2xl border border-line bg-surface ' +
  'shadow-2xl shadow-slate-950/30 focus:outline-none';

interface Props {
  title: string;
  description: string;
  onClose: () => void;
  children: ReactNode;
  wide?: boolean;
}

/** Open as long as it is there. The focus stays within, and goes back to where it was, or where that is gone to the page. */
export function Dialog({ title, description, onClose, children, wide = false }: Props) {
  // looked at before a field of it takes the focus
  const [before] = useState(() => document.activeElement);
  const giveBack = (event: Event) => {
    // else it is given to what Radix calls the trigger, of which there is none
    event.preventDefault();
    const back = before?.isConnected ? before : document.getElementById('main');
    if (back instanceof HTMLElement) back.focus({ preventScroll: true });
  };
  return (
    <Radix.Root
      open
      onOpenChange={(isOpen) => {
        if (!isOpen) onClose();
      }}
    >
      <Radix.Portal>
        <Radix.Overlay className="fixed inset-0 z-30 bg-slate-950/50 backdrop-blur-[2px]" />
        <Radix.Content className={`${PLACE} ${wide ? 'max-w-4xl' : 'max-w-xl'}`} onCloseAutoFocus={giveBack}>
          <div className="flex items-start gap-4 border-b border-line px-5 py-4">
            <div className="min-w-0 grow">
              <Radix.Title className="text-base font-semibold break-words">{title}</Radix.Title>
              <Radix.Description className="text-muted">{description}</Radix.Description>
            </div>
            <Radix.Close asChild>
              <IconButton label="Close">
                <X />
              </IconButton>
            </Radix.Close>
          </div>
          <div className="overflow-y-auto px-5 py-4">{children}</div>
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}
