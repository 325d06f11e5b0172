import { useEffect, useRef, useState } from 'react';
import { type CombinedError, useClient } from 'urql';

import { type SampleFilter, type SampleLineFragment, type SampleOrder, SampleRowsDocument } from '#graphql';

export const PAGE = 50;
const MOST_PAGES = 60;
/** Scrolling past pages does not ask for them. */
const REST_MILLISECONDS = 70;

type Pages = ReadonlyMap<number, readonly SampleLineFragment[]>;
const NONE: Pages = new Map();

interface Held {
  readonly key: string;
  readonly pages: Pages;
  readonly error: CombinedError | undefined;
}

interface Rows {
  /** `undefined` is one that is on its way. */
  readonly rowAt: (row: number) => SampleLineFragment | undefined;
  /** Why the page that was asked for last did not come. */
  readonly error: CombinedError | undefined;
}

/** The rows that are shown, of so many in all, page by page as they come into view. Where there are more than before, they stand elsewhere. */
export function useRows(id: string, filter: SampleFilter, orderBy: SampleOrder, total: number, first: number, last: number): Rows {
  const client = useClient();
  const key = JSON.stringify([id, filter, orderBy, total]);
  const [held, setHeld] = useState<Held>({ key, pages: NONE, error: undefined });
  const { pages, error } = held.key === key ? held : { pages: NONE, error: undefined };
  const asked = useRef({ key, pages: new Set<number>() });

  useEffect(() => {
    if (asked.current.key !== key) asked.current = { key, pages: new Set() };
    const { pages: known } = asked.current;
    const [ofId, ofFilter, ofOrder] = JSON.parse(key) as [string, SampleFilter, SampleOrder, number];
    const load = async (page: number) => {
      known.add(page);
      const variables = { id: ofId, filter: ofFilter, orderBy: ofOrder, at: page * PAGE, first: PAGE };
      const { data, error } = await client.query(SampleRowsDocument, variables, { requestPolicy: 'network-only' }).toPromise();
      // a late answer for what is no longer shown
      if (asked.current.key !== key) return;
      const rows = data?.dataset?.samples.nodes;
      if (!rows) known.delete(page);
      setHeld((before) => {
        const there = before.key === key ? before.pages : NONE;
        return { key, pages: rows ? withPage(there, page, rows, known) : there, error };
      });
    };
    const timer = setTimeout(() => {
      for (let page = Math.floor(first / PAGE); page <= Math.floor(last / PAGE); page += 1) {
        if (!known.has(page)) void load(page);
      }
    }, REST_MILLISECONDS);
    return () => { clearTimeout(timer); };
  }, [client, key, first, last]);

  return { rowAt: (row) => pages.get(Math.floor(row / PAGE))?.[row % PAGE], error };
}

/** The pages with one more; what was read long ago is let go. */
function withPage(pages: Pages, page: number, rows: readonly SampleLineFragment[], known: Set<number>): Pages {
  const all = [...pages, [page, rows] as const];
  for (const [gone] of all.slice(0, -MOST_PAGES)) known.delete(gone);
  return new Map(all.slice(-MOST_PAGES));
}
