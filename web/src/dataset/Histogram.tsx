import { Bar, BarChart, ResponsiveContainer, Tooltip, XAxis, YAxis } from 'recharts';

import type { HistogramPartsFragment } from '#graphql';

import { count, shortCount } from '../text/format';

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

/** How often each length is: bars for the eye, with the exact count under the mouse, and the same as a table to be read. */
export function Histogram({ label, unit, bins, height = 180, onPick }: Props) {
  const last = bins.findLastIndex((bin) => bin.count > 0);
  const shown = bins.slice(0, last + 1);
  if (shown.length === 0) return <p className="text-muted">Nothing is counted yet.</p>;
  return (
    <figure className="min-w-0">
      <div style={{ height }} aria-hidden>
        <ResponsiveContainer width="100%" height="100%" minWidth={0}>
          <BarChart data={shown} margin={{ top: 4, right: 4, bottom: 0, left: 0 }} accessibilityLayer={false} barCategoryGap={2}>
            <XAxis dataKey="from" tickFormatter={shortCount} tickLine={false} axisLine={false} tick={{ fill: 'var(--muted)', fontSize: 11 }} minTickGap={18} />
            <YAxis tickFormatter={shortCount} width={38} tickLine={false} axisLine={false} tick={{ fill: 'var(--muted)', fontSize: 11 }} allowDecimals={false} />
            <Tooltip cursor={{ fill: 'var(--raised)' }} isAnimationActive={false} content={({ payload }) => <Told bin={payload[0]?.payload as HistogramPartsFragment | undefined} unit={unit} />} />
            <Bar
              dataKey="count"
              fill="var(--button)"
              radius={[3, 3, 0, 0]}
              isAnimationActive={false}
              {...(onPick && { cursor: 'pointer', onClick: (_: unknown, index: number) => { const bin = shown[index]; if (bin) onPick(bin); } })}
            />
          </BarChart>
        </ResponsiveContainer>
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

function Told({ bin, unit }: { bin: HistogramPartsFragment | undefined; unit: string }) {
  if (!bin) return null;
  return (
    <div className="rounded-lg border border-line bg-surface px-3 py-2 text-xs shadow-lg">
      <p className="text-muted">{rangeOf(bin, unit)}</p>
      <p className="font-semibold">{count(bin.count)}</p>
    </div>
  );
}
