import { count, percent } from '../text/format';

interface Counted {
  readonly sourceTokens: number;
  readonly keptTokens: number;
  readonly truncatedTokens: number;
  readonly filteredTokens: number;
  readonly tailTokens: number;
  readonly outputCells: number;
  readonly realCells: number;
  readonly specialCells: number;
  readonly overlapCells: number;
  readonly paddingCells: number;
}

type Part = readonly [name: string, amount: number, colour: string];

/** Where every token of the texts went, and what every cell of the output holds: two bars, each of which adds up; `of` says what of, where that is not plain. */
export function Conservation({ statistics: all, of }: { statistics: Counted; of: string }) {
  return (
    <div className="grid gap-5 lg:grid-cols-2">
      <Parts
        title={`Tokens of all texts${of}`}
        whole={all.sourceTokens}
        parts={[
          ['Kept', all.keptTokens, 'var(--button)'],
          ['Cut off', all.truncatedTokens, 'var(--color-amber-500)'],
          ['Too short', all.filteredTokens, 'var(--color-sky-500)'],
          ['Left at the end', all.tailTokens, 'var(--color-slate-400)'],
        ]}
      />
      <Parts
        title={`Cells of the output${of}`}
        whole={all.outputCells}
        parts={[
          ['Text', all.realCells, 'var(--button)'],
          ['Special tokens', all.specialCells, 'var(--color-sky-500)'],
          ['Repeated', all.overlapCells, 'var(--color-amber-500)'],
          ['Padding', all.paddingCells, 'var(--color-slate-400)'],
        ]}
      />
    </div>
  );
}

function Parts({ title, whole, parts }: { title: string; whole: number; parts: readonly Part[] }) {
  const there = parts.filter(([, amount]) => amount > 0);
  return (
    <div className="flex min-w-0 flex-col gap-2">
      <h3 className="flex justify-between gap-3 font-medium">
        {title} <span className="text-muted">{count(whole)}</span>
      </h3>
      <div className="flex h-3 gap-0.5 overflow-hidden rounded-full bg-raised" aria-hidden>
        {there.map(([name, amount, colour]) => (
          <span key={name} style={{ flexGrow: amount, background: colour }} title={`${name}: ${count(amount)}`} />
        ))}
      </div>
      <dl className="flex flex-wrap gap-x-5 gap-y-1 text-xs">
        {parts.map(([name, amount, colour]) => (
          <div key={name} className="flex items-center gap-1.5">
            <span className="size-2 rounded-full" style={{ background: colour }} aria-hidden />
            <dt>{name}</dt>
            <dd className="text-muted">
              {count(amount)} ({percent(whole === 0 ? 0 : amount / whole)})
            </dd>
          </div>
        ))}
      </dl>
    </div>
  );
}
