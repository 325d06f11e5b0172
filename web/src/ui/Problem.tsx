import { CircleAlert } from 'lucide-react';
import type { ReactNode } from 'react';

/** What went wrong and what to do, with what can be done about it here. */
export function Problem({ message, children }: { message: string; children?: ReactNode }) {
  return (
    <div role="alert" className="flex flex-col gap-3 rounded-lg bg-danger-soft p-3 text-danger">
      <p className="flex gap-2">
        <CircleAlert className="mt-0.5 size-4 shrink-0" aria-hidden />
        <span className="min-w-0 break-words">{message}</span>
      </p>
      {children}
    </div>
  );
}
