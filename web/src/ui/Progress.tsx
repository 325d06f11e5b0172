import type { ProgressPartsFragment, ProgressUnit } from '#graphql';

import { bytes, count, duration, percent, shortCount } from '../text/format';

type Amount = (of: number) => string;

const AMOUNTS: Record<ProgressUnit, Amount> = {
  BYTES: bytes,
  ROWS: (of) => `${count(of)} rows`,
  TOKENS: (of) => `${shortCount(of)} tokens`,
  PIECES: (of) => `${count(of)} parts`,
};

const RATES: Record<ProgressUnit, Amount> = {
  BYTES: (of) => `${bytes(of)}/s`,
  ROWS: (of) => `${shortCount(of)} rows/s`,
  TOKENS: (of) => `${shortCount(of)} tokens/s`,
  PIECES: (of) => `${of.toFixed(1)} parts/s`,
};

/** "12.3 MB of 45.6 MB" */
export function amountDone({ done, total, unit }: ProgressPartsFragment): string {
  const amount = AMOUNTS[unit];
  return total === null ? amount(done) : `${amount(done)} of ${amount(total)}`;
}

/** "3.4 MB/s · 12 s left"; what is not known yet is left out. */
export function pace({ ratePerSecond, secondsLeft, unit }: ProgressPartsFragment): string {
  const rate = ratePerSecond === null ? [] : [RATES[unit](ratePerSecond)];
  const left = secondsLeft === null ? [] : [`${duration(secondsLeft)} left`];
  return [...rate, ...left].join(' · ');
}

/** How far something has come: a bar, and below it two lines that keep their place while they change. */
export function Progress({ label, progress }: { label: string; progress: ProgressPartsFragment | null }) {
  const fraction = progress?.fraction ?? null;
  return (
    <div className="flex flex-col gap-1.5">
      <Bar label={label} fraction={fraction} told={progress ? amountDone(progress) : 'waiting'} />
      <div className="flex h-5 justify-between gap-3 text-xs whitespace-nowrap text-muted">
        <span className="truncate">{progress ? amountDone(progress) : 'Waits for its turn'}</span>
        <span>{progress ? pace(progress) : ''}</span>
      </div>
    </div>
  );
}

/** `fraction` from 0 to 1; null where the end is not known. */
export function Bar({ label, fraction, told }: { label: string; fraction: number | null; told: string }) {
  const known = fraction === null ? {} : { 'aria-valuenow': Math.round(fraction * 100) };
  return (
    <div
      role="progressbar"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuetext={fraction === null ? told : `${percent(fraction)}, ${told}`}
      {...known}
      className="h-1.5 overflow-hidden rounded-full bg-raised"
    >
      {fraction === null ? (
        <div className="h-full w-1/4 animate-passing rounded-full bg-button/60" />
      ) : (
        <div className="h-full origin-left rounded-full bg-button transition-transform duration-500" style={{ transform: `scaleX(${String(fraction)})` }} />
      )}
    </div>
  );
}
