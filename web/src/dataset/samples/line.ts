import { type Range, unitsOf } from '../../text/code-points';

/** So many characters stand before what was found first. */
const BEFORE = 60;

interface Line {
  readonly text: string;
  readonly ranges: readonly Range[];
}

/** What a line shows of a text: its front, or from shortly before what was found, where that is further on. */
export function lineOf(text: string, ranges: readonly Range[]): Line {
  const cut = (ranges[0]?.start ?? 0) - BEFORE;
  if (cut <= 0) return { text, ranges };
  // the sign of what is left out is one character
  const moved = ranges.map(({ start, end }) => ({ start: start - cut + 1, end: end - cut + 1 }));
  return { text: `…${text.slice(unitsOf(text)(cut))}`, ranges: moved };
}

/** Where a row was found that shows no hit: "found in title". Empty where nothing but absence was asked for. */
export function foundElsewhere(search: string, truncated: boolean, others: readonly string[]): string {
  const wanted = search.replaceAll(/(^|\s)-("[^"]*"?|\S*)/g, '').trim();
  if (wanted === '') return '';
  const places = [...(truncated ? ['further on'] : []), ...(others.length === 0 ? [] : [`in ${others.join(' or ')}`])];
  return places.length === 0 ? '' : `found ${places.join(', or ')}`;
}

/** "train[12]", as Python names it. */
export const placeInSplit = ({ split, index }: { split: string; index: number }): string => `${split}[${String(index)}]`;
