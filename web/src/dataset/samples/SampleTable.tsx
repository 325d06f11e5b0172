import { type KeyboardEvent, useRef } from 'react';

import type { SampleFilter, SampleLineFragment, SampleOrder } from '#graphql';

import { messageOf } from '../../service/act';
import { count } from '../../text/format';
import { Problem } from '../../ui/Problem';
import { foundElsewhere, lineOf, placeInSplit } from './line';
import { Marked } from './Marked';
import { useRows } from './use-rows';
import { useWindow } from './use-window';

const ROW_HEIGHT = 60; // px
const COLUMNS = 'grid grid-cols-[3rem_minmax(0,1fr)] gap-3 sm:grid-cols-[5rem_8rem_4.5rem_minmax(0,1fr)]';

interface Props {
  id: string;
  filter: SampleFilter;
  order: SampleOrder;
  total: number;
  /** The columns of text beside the one that is shown. */
  otherTexts: readonly string[];
  onOpen: (sample: SampleLineFragment) => void;
}

/** All samples that were found, of which only those in view are here. */
export function SampleTable({ id, filter, order, total, otherTexts, onOpen }: Props) {
  const place = useRef<HTMLDivElement>(null);
  const { height, first, last, topOf, go } = useWindow(place, total, ROW_HEIGHT);
  const { rowAt, error } = useRows(id, filter, order, total, first, last);
  const elsewhere = ({ highlights, truncated }: SampleLineFragment) => (highlights.length > 0 ? '' : foundElsewhere(filter.search ?? '', truncated, otherTexts));
  return (
    <div className="overflow-hidden rounded-xl border border-line bg-surface">
      <div className="flex flex-wrap items-center justify-between gap-2 border-b border-line bg-raised/50 py-1.5 pr-3 pl-4 text-xs text-muted">
        <span>{count(total)} rows</span>
        <label className="flex items-center gap-2">
          Go to row
          <input
            type="number"
            min={1}
            max={total}
            className="h-7 w-24 rounded-md border border-edge/60 bg-surface px-2 text-ink"
            onKeyDown={(event: KeyboardEvent<HTMLInputElement>) => { if (event.key === 'Enter') go(Math.max(0, Math.min(Number(event.currentTarget.value), total) - 1)); }}
          />
        </label>
      </div>
      {error && <Problem message={messageOf(error)} />}
      <div ref={place} role="table" aria-label="Samples" aria-rowcount={total} tabIndex={0} className="relative h-[min(60dvh,40rem)] overflow-y-auto -outline-offset-2 [overflow-anchor:none]">
        <div role="rowgroup" style={{ height }} className="relative">
          {Array.from({ length: last - first + 1 }, (_, index) => first + index).map((row) => (
            <Row key={row} row={row} top={topOf(row)} sample={rowAt(row)} elsewhere={elsewhere} onOpen={onOpen} />
          ))}
        </div>
      </div>
    </div>
  );
}

interface RowProps {
  row: number;
  top: number;
  sample: SampleLineFragment | undefined;
  elsewhere: (sample: SampleLineFragment) => string;
  onOpen: (sample: SampleLineFragment) => void;
}

function Row({ row, top, sample, elsewhere, onOpen }: RowProps) {
  return (
    <div
      role="row"
      aria-rowindex={row + 1}
      style={{ height: ROW_HEIGHT, transform: `translateY(${String(top)}px)` }}
      className={`${COLUMNS} absolute inset-x-0 items-center border-b border-line px-4 hover:bg-raised/50`}
    >
      {sample ? <Cells row={row} sample={sample} elsewhere={elsewhere(sample)} onOpen={onOpen} /> : <div role="cell" className="col-span-full h-3 w-2/3 animate-pulse rounded bg-raised" aria-label="Loading" />}
    </div>
  );
}

/** Counted from 1 over what was found, as "Go to row" does; beside it the place in its split, as Python counts. */
function Cells({ row, sample, elsewhere, onOpen }: { row: number; sample: SampleLineFragment; elsewhere: string; onOpen: (sample: SampleLineFragment) => void }) {
  const { wordCount, truncated } = sample;
  const { text, ranges } = lineOf(sample.text, sample.highlights);
  return (
    <>
      <span role="cell" className="truncate text-xs text-muted">{count(row + 1)}</span>
      <span role="cell" className="hidden truncate text-xs text-muted sm:block" title={placeInSplit(sample)}>{placeInSplit(sample)}</span>
      <span role="cell" className="hidden text-right text-xs text-muted sm:block">{count(wordCount)} w</span>
      <div role="cell" className="min-w-0">
        <button type="button" dir="auto" onClick={() => { onOpen(sample); }} className="line-clamp-2 w-full text-start text-[13px] break-words after:absolute after:inset-0 focus-visible:after:outline-2 focus-visible:after:-outline-offset-2 focus-visible:after:outline-button">
          {elsewhere !== '' && <span className="mr-1.5 rounded bg-raised px-1 text-xs text-muted">{elsewhere}</span>}
          <Marked text={text} ranges={ranges} />
          {truncated && '…'}
        </button>
      </div>
    </>
  );
}
