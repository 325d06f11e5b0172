import type { ReactNode } from 'react';

/** Says in a line that there is nothing. */
export function Nothing({ icon, children }: { icon: ReactNode; children: ReactNode }) {
  return (
    <p className="flex items-center gap-2 text-muted">
      {icon}
      {children}
    </p>
  );
}
