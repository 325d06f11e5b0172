import { useEffect, useState } from 'react';
import { type Client, useClient } from 'urql';

import { type DatasetDetailFragment, MoreTokenizationsDocument, type TokenizationLineFragment } from '#graphql';

type Made = readonly TokenizationLineFragment[];

/** All that are ready of a dataset, also those behind the first page of them, which it brings with it. */
export function useReadyTokenizations({ id, version, tokenizations: { nodes, pageInfo } }: DatasetDetailFragment): Made {
  const client = useClient();
  const [behind, setBehind] = useState<Made>([]);
  const cursor = pageInfo.hasNextPage ? pageInfo.endCursor : null;
  useEffect(() => {
    let isOver = false;
    void after(client, id, cursor).then((found) => {
      if (!isOver) setBehind(found);
    });
    return () => { isOver = true; };
  }, [client, id, version, cursor]);
  const known = new Map([...nodes, ...behind].map((made) => [made.id, made]));
  return [...known.values()].filter(({ status }) => status === 'READY');
}

/** All behind a cursor; nothing behind none. */
async function after(client: Client, id: string, cursor: string | null): Promise<Made> {
  const found: TokenizationLineFragment[] = [];
  for (let behind = cursor; behind !== null; ) {
    const { data } = await client.query(MoreTokenizationsDocument, { id, behind }, { requestPolicy: 'network-only' }).toPromise();
    const page = data?.dataset?.tokenizations;
    found.push(...(page?.nodes ?? []));
    behind = page?.pageInfo.hasNextPage ? page.pageInfo.endCursor : null;
  }
  return found;
}
