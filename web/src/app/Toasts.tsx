import { X } from 'lucide-react';

import { useStore } from '../service/store';
import { Button, IconButton } from '../ui/Button';
import { dismiss, type Toast, toasts } from './toasts';

export function Toasts() {
  const shown = useStore(toasts);
  return (
    <div
      role="status"
      className="pointer-events-none fixed inset-x-3 bottom-3 z-50 flex flex-col items-center gap-2 sm:inset-x-auto sm:right-5 sm:bottom-5 sm:items-end"
    >
      {shown.map((toast) => (
        <Said key={toast.id} toast={toast} />
      ))}
    </div>
  );
}

function Said({ toast }: { toast: Toast }) {
  const { id, text, isWrong, action } = toast;
  const close = () => {
    dismiss(id);
  };
  return (
    <div
      className={`pointer-events-auto flex w-full max-w-md items-center gap-2 rounded-xl border bg-surface py-2 pr-2 pl-4 shadow-lg sm:w-auto ${isWrong ? 'border-danger text-danger' : 'border-line'}`}
    >
      <span className="min-w-0 grow break-words">{text}</span>
      {action && (
        <Button
          kind="quiet"
          className="font-medium text-accent"
          onClick={() => {
            close();
            action.run();
          }}
        >
          {action.label}
        </Button>
      )}
      <IconButton label="Dismiss" onClick={close}>
        <X />
      </IconButton>
    </div>
  );
}
