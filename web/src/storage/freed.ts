import { useEffect, useState } from 'react';
import { type Client, useClient } from 'urql';

import { PurgeFiguresDocument } from '#graphql';

/** The service tells the bytes of so many at once. */
const AT_ONCE = 100;

/** What lies on disk of each of these, by its id; null until all of it is known. */
export function useFreed(ids: readonly string[]): ReadonlyMap<string, number> | null {
  const client = useClient();
  const [freed, setFreed] = useState<ReadonlyMap<string, number> | null>(null);
  const asked = ids.join(' ');
  useEffect(() => {
    let isOver = false;
    void freedOf(client, asked.split(' ')).then((found) => {
      if (!isOver) setFreed(found);
    });
    return () => { isOver = true; };
  }, [client, asked]);
  return freed;
}

async function freedOf(client: Client, ids: readonly string[]): Promise<ReadonlyMap<string, number> | null> {
  const found = new Map(ids.map((id) => [id, 0]));
  for (let from = 0; from < ids.length; from += AT_ONCE) {
    const variables = { ids: ids.slice(from, from + AT_ONCE) };
    const { data } = await client.query(PurgeFiguresDocument, variables, { requestPolicy: 'network-only' }).toPromise();
    if (!data) return null;
    for (const { dataset, bytes } of data.storage.byDataset) if (dataset) found.set(dataset.id, bytes);
  }
  return found;
}
