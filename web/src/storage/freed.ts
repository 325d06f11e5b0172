import { useEffect, useState } from 'react';
import { type Client, useClient } from 'urql';

import { PurgeFiguresDocument } from '#graphql';

import { messageOf } from '../service/act';

/** The service tells the bytes of so many at once. */
const AT_ONCE = 100;

interface Freed {
  /** What lies on disk of each, by its id; null until all of it is known. */
  readonly freed: ReadonlyMap<string, number> | null;
  /** Why it is not known; empty where it is, or may still be. */
  readonly problem: string;
}

const NOT_YET: Freed = { freed: null, problem: '' };

export function useFreed(ids: readonly string[]): Freed {
  const client = useClient();
  const [told, setTold] = useState(NOT_YET);
  const asked = ids.join(' ');
  useEffect(() => {
    let isOver = false;
    void freedOf(client, asked.split(' ')).then((found) => {
      if (!isOver) setTold(found);
    });
    return () => { isOver = true; };
  }, [client, asked]);
  return told;
}

async function freedOf(client: Client, ids: readonly string[]): Promise<Freed> {
  const freed = new Map(ids.map((id) => [id, 0]));
  for (let from = 0; from < ids.length; from += AT_ONCE) {
    const variables = { ids: ids.slice(from, from + AT_ONCE) };
    const { data, error } = await client.query(PurgeFiguresDocument, variables, { requestPolicy: 'network-only' }).toPromise();
    if (!data) return { freed: null, problem: messageOf(error) };
    for (const { dataset, bytes } of data.storage.byDataset) if (dataset) freed.set(dataset.id, bytes);
  }
  return { freed, problem: '' };
}
