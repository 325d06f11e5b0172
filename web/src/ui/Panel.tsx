import { type ReactNode, useId } from 'react';

/** A part of a page with a heading of its own. */
export function Panel({ title, aside, children }: { title: string; aside?: ReactNode; children: ReactNode }) {
  const id = useId();
  return (
    <section aria-labelledby={id} className="flex min-w-0 flex-col gap-4 rounded-xl border border-line bg-surface p-4 sm:p-5">
      <div className="flex min-h-6 flex-wrap items-center justify-between gap-2">
        <h2 id={id} className="font-semibold">{title}</h2>
        {aside}
      </div>
      {children}
    </section>
  );
}

/** Figures with their names. */
export function Figures({ figures }: { figures: readonly (readonly [name: string, figure: string])[] }) {
  return (
    <dl className="grid grid-cols-2 gap-x-4 gap-y-4 sm:grid-cols-[repeat(auto-fill,minmax(8.5rem,1fr))]">
      {figures.map(([name, figure]) => (
        <div key={name} className="min-w-0">
          <dt className="text-xs text-muted">{name}</dt>
          <dd className="truncate text-lg font-semibold" title={figure}>
            {figure}
          </dd>
        </div>
      ))}
    </dl>
  );
}
