import { memo } from 'react';

import { partsOf, type Range } from '../../text/code-points';

/** A text with its ranges marked. */
export const Marked = memo(function Marked({ text, ranges }: { text: string; ranges: readonly Range[] }) {
  return partsOf(text, ranges).map(({ text: part, range }, index) => (range === null ? part : <mark key={index}>{part}</mark>));
});
