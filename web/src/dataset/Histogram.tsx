import { type KeyboardEvent, useState } from 'react';
import { Bar, BarChart, ResponsiveContainer, Tooltip, XAxis, YAxis } from 'recharts';

import type { HistogramPartsFragment } from '#graphql';

import { count, percent, shortCount } from '../text/format';

/** px around the bars. */
const AXES = { top: 4, right: 4, bottom: 24, left: 38 };

interface Props {
  label: string;
  /** What is long: "words". */
  unit: string;
  bins: readonly HistogramPartsFragment[];
  height?: number;
  /** Called with the bin that was clicked. */
  onPick?: (bin: HistogramPartsFragment) => void;
}

/** "12–23 words" */
export function rangeOf({ from, to }: { from: number; to: number }, unit: string): string {
  return to - from <= 1 ? `${count(from)} ${unit}` : `${count(from)}–${count(to - 1)} ${unit}`;
}

interface Clicked {
  readonly activeTooltipIndex?: number | string | null | undefined;
}

/** A click beside the bars, on an axis, is at none. */
export const barOf = (index: Clicked['activeTooltipIndex']): number | null => (index === null || index === undefined ? null : Number(index));

/** How often each length is: bars for the eye, with the exact count under the mouse or the focus, and the same as a table to be read. */
export function Histogram({ label, unit, bins, height = 180, onPick }: Props) {
  const last = bins.findLastIndex((bin) => bin.count > 0);
  const shown = bins.slice(0, last + 1);
  if (shown.length === 0) return <p className="text-muted">Nothing is counted yet.</p>;
  const pick = (index: number | null) => {
    const bin = index === null ? undefined : shown[index];
    if (bin) onPick?.(bin);
  };
  return (
    <figure className="min-w-0">
      <div className="relative" style={{ height }}>
        <div className="h-full" aria-hidden>
          <ResponsiveContainer width="100%" height="100%" minWidth={0}>
            <BarChart data={shown} margin={{ top: AXES.top, right: AXES.right, bottom: 0, left: 0 }} accessibilityLayer={false} barCategoryGap={2} {...(onPick && { style: { cursor: 'pointer' }, onClick: ({ activeTooltipIndex }: Clicked) => { pick(barOf(activeTooltipIndex)); } })}>
              <XAxis height={AXES.bottom} dataKey="from" tickFormatter={shortCount} tickLine={false} axisLine={false} tick={{ fill: 'var(--muted)', fontSize: 11 }} minTickGap={18} />
              <YAxis tickFormatter={shortCount} width={AXES.left} tickLine={false} axisLine={false} tick={{ fill: 'var(--muted)', fontSize: 11 }} allowDecimals={false} />
              <Tooltip cursor={{ fill: 'var(--raised)' }} isAnimationActive={false} content={({ payload }) => <Told bin={payload[0]?.payload as HistogramPartsFragment | undefined} unit={unit} />} />
              {/* what is below the mouse is known to the chart a moment later, and to the bar at once */}
              <Bar dataKey="count" fill="var(--button)" radius={[3, 3, 0, 0]} isAnimationActive={false} {...(onPick && { onClick: (_bar: unknown, index: number) => { pick(index); } })} />
            </BarChart>
          </ResponsiveContainer>
        </div>
        <Keys label={label} bins={shown} unit={unit} onPick={onPick && pick} />
      </div>
      <table className="sr-only">
        <caption>{label}</caption>
        <tbody>
          {shown.map((bin) => (
            <tr key={bin.from}>
              <th scope="row">{rangeOf(bin, unit)}</th>
              <td>{count(bin.count)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </figure>
  );
}

interface KeysProps {
  label: string;
  bins: readonly HistogramPartsFragment[];
  unit: string;
  onPick: ((index: number) => void) | undefined;
}

/** A bar is read and chosen by mouse in the chart, and by keyboard here, where the bars stand: Tab comes to one of them, arrows go on to the others. */
function Keys({ label, bins, unit, onPick }: KeysProps) {
  const [at, setAt] = useState(0);
  const reached = Math.min(at, bins.length - 1);
  const go = (event: KeyboardEvent<HTMLElement>) => {
    const places: Record<string, number> = { ArrowLeft: reached - 1, ArrowRight: reached + 1, Home: 0, End: bins.length - 1 };
    const place = places[event.key] ?? -1;
    const bar = event.currentTarget.children[place];
    if (place >= bins.length || !(bar instanceof HTMLElement)) return;
    event.preventDefault();
    bar.focus();
  };
  const shown = bins[reached];
  // the half with more room, for what is beyond the edge makes the page wider
  const side = 2 * reached < bins.length ? 'left' : 'right';
  const share = (side === 'left' ? reached + 1 : bins.length - reached) / bins.length;
  return (
    <div role="group" aria-label={onPick ? 'Keep one length only' : label} className="group pointer-events-none absolute flex" style={AXES} onKeyDown={go}>
      {bins.map((bin, index) => {
        const bar = {
          'aria-label': `${rangeOf(bin, unit)}: ${count(bin.count)}`,
          tabIndex: index === reached ? 0 : -1,
          className: 'min-w-0 grow rounded-sm',
          onFocus: () => { setAt(index); },
        };
        return onPick ? <button key={bin.from} type="button" {...bar} onClick={() => { onPick(index); }} /> : <div key={bin.from} role="img" {...bar} />;
      })}
      <div aria-hidden className="absolute top-0 z-10 hidden px-1 whitespace-nowrap group-has-focus-visible:block" style={{ [side]: percent(share) }}>
        <Told bin={shown} unit={unit} />
      </div>
    </div>
  );
}

function Told({ bin, unit }: { bin: HistogramPartsFragment | undefined; unit: string }) {
  if (!bin) return null;
  return (
    <div className="rounded-lg border border-line bg-surface px-3 py-2 text-xs shadow-lg">
      <p className="text-muted">{rangeOf(bin, unit)}</p>
      <p className="font-semibold">{count(bin.count)}</p>
    </div>
  );
}
