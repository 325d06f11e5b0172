const WHOLE = new Intl.NumberFormat('en');
const SHORT = new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 1 });
const DECIMAL = new Intl.NumberFormat('en', { maximumFractionDigits: 1 });
const PERCENT = new Intl.NumberFormat('en', { style: 'percent', maximumFractionDigits: 1 });
const MOMENT = new Intl.DateTimeFormat('en', { dateStyle: 'medium', timeStyle: 'short' });
const UNITS = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'] as const;

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** "1,234,567" */
export const count = (of: number): string => WHOLE.format(of);
/** "1.2M" */
export const shortCount = (of: number): string => SHORT.format(of);
/** "12.3" */
export const decimal = (of: number): string => DECIMAL.format(of);
/** "45.6%" of a share from 0 to 1. */
export const percent = (share: number): string => PERCENT.format(share);
/** "Nov 29, 2026, 8:15 AM" */
export const moment = (iso: string): string => MOMENT.format(new Date(iso));

/** "1 row", "2 rows" */
export const counted = (of: number, noun: string): string => `${count(of)} ${noun}${of === 1 ? '' : 's'}`;

/** "12.3 MB", by thousands as disks are sold. */
export function bytes(of: number): string {
  const power = of < 1000 ? 0 : Math.min(UNITS.length - 1, Math.floor(Math.log10(of) / 3));
  const scaled = of / 1000 ** power;
  const digits = power === 0 || scaled >= 100 ? 0 : 1;
  return `${scaled.toFixed(digits)} ${UNITS[power] ?? 'B'}`;
}

/** "45 s", "3 min 20 s", "2 h 5 min" */
export function duration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < MINUTE) return `${String(whole)} s`;
  if (whole < HOUR) return two(Math.floor(whole / MINUTE), 'min', whole % MINUTE, 's');
  if (whole < DAY) return two(Math.floor(whole / HOUR), 'h', Math.floor((whole % HOUR) / MINUTE), 'min');
  return two(Math.floor(whole / DAY), 'd', Math.floor((whole % DAY) / HOUR), 'h');
}

function two(large: number, unit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${String(large)} ${unit}` : `${String(large)} ${unit} ${String(small)} ${smallUnit}`;
}
