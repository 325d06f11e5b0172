import { useWindowVirtualizer } from '@tanstack/react-virtual';
import { type ComponentProps, type CSSProperties, useEffect, useRef, useState } from 'react';

import type { DatasetCardFragment } from '#graphql';

import { DatasetCard } from './DatasetCard';

const LEAST_WIDTH = 340; // px of a card
const GAP = 16;
const CARD_REM = 11; // the height of a card, which is larger for who wants larger letters

type OfCard = Omit<ComponentProps<typeof DatasetCard>, 'dataset' | 'isSelected'>;

interface Props extends OfCard {
  datasets: readonly DatasetCardFragment[];
  selected: ReadonlySet<string>;
}

/** Cards, of which only those near the window are drawn: a thousand are as quick as ten. */
export function DatasetGrid({ datasets, selected, ...on }: Props) {
  const place = useRef<HTMLDivElement>(null);
  const { columns, offset } = useColumns(place);
  const [rowHeight] = useState(() => CARD_REM * remPixels() + GAP);
  const rows = useWindowVirtualizer({
    count: Math.ceil(datasets.length / columns),
    estimateSize: () => rowHeight,
    overscan: 3,
    scrollMargin: offset,
  });
  return (
    <div ref={place} role="list" aria-label="Datasets" className="relative" style={{ height: rows.getTotalSize() }}>
      {rows.getVirtualItems().flatMap(({ index, start }) =>
        datasets.slice(index * columns, (index + 1) * columns).map((dataset, column) => (
          <div key={dataset.id} role="listitem" className="absolute top-0 left-0" style={placeOf(column, columns, start - offset)}>
            <DatasetCard dataset={dataset} isSelected={selected.has(dataset.id)} {...on} />
          </div>
        )),
      )}
    </div>
  );
}

const remPixels = (): number => Number.parseFloat(getComputedStyle(document.documentElement).fontSize) || 16;

/** Each card has its place by itself, not within a row: where it comes to another one it is the same card, with the focus that it had. */
function placeOf(column: number, columns: number, top: number): CSSProperties {
  return {
    width: `calc((100% + ${String(GAP)}px) / ${String(columns)} - ${String(GAP)}px)`,
    transform: `translate(calc((100% + ${String(GAP)}px) * ${String(column)}), ${String(top)}px)`,
  };
}

/** How many columns fit, and how far down the page the list begins, in px. */
function useColumns(place: React.RefObject<HTMLDivElement | null>): { columns: number; offset: number } {
  const [measured, setMeasured] = useState({ columns: 1, offset: 0 });
  useEffect(() => {
    const { current } = place;
    if (current === null) return;
    const measure = () => {
      const columns = Math.max(1, Math.floor((current.clientWidth + GAP) / (LEAST_WIDTH + GAP)));
      const offset = current.offsetTop;
      setMeasured((before) => (before.columns === columns && before.offset === offset ? before : { columns, offset }));
    };
    const watcher = new ResizeObserver(measure);
    watcher.observe(current);
    watcher.observe(document.body);
    return () => { watcher.disconnect(); };
  }, [place]);
  return measured;
}
