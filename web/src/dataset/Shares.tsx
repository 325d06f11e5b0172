import { Pie, PieChart } from 'recharts';

import { percent } from '../text/format';

interface Part {
  readonly name: string;
  readonly value: number;
}

/** Emerald first, then slate: parts are told apart by their brightness too. */
const COLOURS = ['var(--button)', 'var(--color-slate-400)', 'var(--color-emerald-300)', 'var(--color-slate-600)', 'var(--color-sky-400)', 'var(--color-amber-400)'];
const SIDE = 112; // px

const colourOf = (index: number) => COLOURS[index % COLOURS.length] ?? 'currentColor';

/** How a whole is made up: a ring, and beside it the parts with their figures. */
export function Shares({ parts, told, unit }: { parts: readonly Part[]; told: (value: number) => string; unit: string }) {
  const whole = parts.reduce((sum, { value }) => sum + value, 0);
  if (whole === 0) return <p className="text-muted">Known once it is ready.</p>;
  const data = parts.map((part, index) => ({ ...part, fill: colourOf(index) }));
  return (
    <div className="flex flex-wrap items-center gap-5">
      <div aria-hidden>
        <PieChart width={SIDE} height={SIDE} accessibilityLayer={false}>
          <Pie rootTabIndex={-1} data={data} dataKey="value" innerRadius="62%" outerRadius="100%" startAngle={90} endAngle={-270} stroke="var(--surface)" strokeWidth={2} isAnimationActive={false} />
        </PieChart>
      </div>
      <dl className="flex min-w-36 grow flex-col gap-2">
        {data.map(({ name, value, fill }) => (
          <div key={name} className="flex items-baseline gap-2">
            <span className="size-2.5 shrink-0 rounded-full" style={{ background: fill }} aria-hidden />
            <dt className="min-w-0 grow truncate">{name}</dt>
            <dd className="text-right whitespace-nowrap text-muted">
              {told(value)} {unit} · {percent(value / whole)}
            </dd>
          </div>
        ))}
      </dl>
    </div>
  );
}
