/** A stretch of a text, in Unicode code points as the service counts; `end` is the one behind its last. */
export interface Range {
  readonly start: number;
  readonly end: number;
}

/** A part of a text, and the index of the range that it shows; null between ranges. */
export interface Part {
  readonly text: string;
  readonly range: number | null;
}

/** JavaScript counts UTF-16 units, of which some characters have two: the place of a code point among them. */
export function unitsOf(text: string): (codePoint: number) => number {
  let points = 0;
  let units = 0;
  return (wanted) => {
    if (wanted < points) points = units = 0;
    while (points < wanted && units < text.length) {
      units += (text.codePointAt(units) ?? 0) > 0xffff ? 2 : 1;
      points += 1;
    }
    return units;
  };
}

/** The whole text in parts, cut at ranges that are in order; where two overlap, the earlier one has what they share. */
export function partsOf(text: string, ranges: readonly Range[]): readonly Part[] {
  const unit = unitsOf(text);
  const parts: Part[] = [];
  let done = 0;
  ranges.forEach((range, index) => {
    const start = Math.max(unit(range.start), done);
    const end = unit(range.end);
    if (end <= start) return;
    if (start > done) parts.push({ text: text.slice(done, start), range: null });
    parts.push({ text: text.slice(start, end), range: index });
    done = end;
  });
  if (done < text.length) parts.push({ text: text.slice(done), range: null });
  return parts;
}
