import { X } from 'lucide-react';

import { useStore } from '../service/store';
import { Button, IconButton } from '../ui/Button';
import { dismiss, hold, letGo, take, type Toast, toasts } from './toasts';

export function Toasts() {
  const shown = useStore(toasts);
  return (
    <div
      role="status"
      className="pointer-events-none fixed inset-x-3 bottom-3 z-50 flex flex-col items-center gap-2 sm:inset-x-auto sm:right-5 sm:bottom-5 sm:items-end [body:has([data-stands-below])_&]:bottom-28 sm:[body:has([data-stands-below])_&]:bottom-20"
    >
      {shown.map((toast) => (
        <Said key={toast.id} toast={toast} />
      ))}
    </div>
  );
}

function Said({ toast }: { toast: Toast }) {
  const { id, text, isWrong, action } = toast;
  const keep = () => { hold(id); };
  const free = ({ currentTarget }: { currentTarget: HTMLElement }) => {
    if (!currentTarget.matches(':hover') && !currentTarget.contains(document.activeElement)) letGo(id);
  };
  return (
    <div
      onMouseEnter={keep}
      onMouseLeave={free}
      onFocus={keep}
      onBlur={({ currentTarget, relatedTarget }) => {
        if (!currentTarget.contains(relatedTarget)) free({ currentTarget });
      }}
      className={`pointer-events-auto flex w-full max-w-md items-center gap-2 rounded-xl border bg-surface py-2 pr-2 pl-4 shadow-lg sm:w-auto ${isWrong ? 'border-danger text-danger' : 'border-line'}`}
    >
      <span className="min-w-0 grow break-words">{text}</span>
      {action && (
        <Button
          kind="quiet"
          className="font-medium text-accent"
          onClick={() => { take(toast); }}
        >
          {action.label}
        </Button>
      )}
      <IconButton label="Dismiss" onClick={() => { dismiss(id); }}>
        <X />
      </IconButton>
    </div>
  );
}
