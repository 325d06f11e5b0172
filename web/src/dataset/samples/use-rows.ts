import { useEffect, useRef, useState } from 'react';
import { useClient } from 'urql';

import { type SampleFilter, type SampleLineFragment, type SampleOrder, SampleRowsDocument } from '#graphql';

export const PAGE = 50;
const MOST_PAGES = 60;
/** Scrolling past pages does not ask for them. */
const REST_MILLISECONDS = 70;

type Pages = ReadonlyMap<number, readonly SampleLineFragment[]>;
const NONE: Pages = new Map();

/** The rows that are shown, page by page as they come into view; `undefined` is one that is on its way. */
export function useRows(id: string, filter: SampleFilter, orderBy: SampleOrder, first: number, last: number): (row: number) => SampleLineFragment | undefined {
  const client = useClient();
  const key = JSON.stringify([id, filter, orderBy]);
  const [held, setHeld] = useState<{ key: string; pages: Pages }>({ key, pages: NONE });
  const pages = held.key === key ? held.pages : NONE;
  const asked = useRef({ key, pages: new Set<number>() });

  useEffect(() => {
    if (asked.current.key !== key) asked.current = { key, pages: new Set() };
    const { pages: known } = asked.current;
    const [ofId, ofFilter, ofOrder] = JSON.parse(key) as [string, SampleFilter, SampleOrder];
    const load = async (page: number) => {
      known.add(page);
      const variables = { id: ofId, filter: ofFilter, orderBy: ofOrder, at: page * PAGE, first: PAGE };
      const { data } = await client.query(SampleRowsDocument, variables, { requestPolicy: 'network-only' }).toPromise();
      const rows = data?.dataset?.samples.nodes;
      if (!rows) known.delete(page);
      else setHeld((before) => ({ key, pages: withPage(before.key === key ? before.pages : NONE, page, rows, known) }));
    };
    const timer = setTimeout(() => {
      for (let page = Math.floor(first / PAGE); page <= Math.floor(last / PAGE); page += 1) {
        if (!known.has(page)) void load(page);
      }
    }, REST_MILLISECONDS);
    return () => { clearTimeout(timer); };
  }, [client, key, first, last]);

  return (row) => pages.get(Math.floor(row / PAGE))?.[row % PAGE];
}

/** The pages with one more; what was read long ago is let go. */
function withPage(pages: Pages, page: number, rows: readonly SampleLineFragment[], known: Set<number>): Pages {
  const all = [...pages, [page, rows] as const];
  for (const [gone] of all.slice(0, -MOST_PAGES)) known.delete(gone);
  return new Map(all.slice(-MOST_PAGES));
}
