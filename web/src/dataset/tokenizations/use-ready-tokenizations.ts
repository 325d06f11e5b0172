import { useEffect, useState } from 'react';
import { type Client, useClient } from 'urql';

import { type DatasetDetailFragment, MoreTokenizationsDocument, type TokenizationLineFragment } from '#graphql';

import { everyPage } from '../../service/every-page';

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

/** All behind a cursor; nothing behind none, or where a page did not come: the next change of the dataset asks again. */
async function after(client: Client, id: string, cursor: string | null): Promise<Made> {
  if (cursor === null) return [];
  const load = async (behind: string | null) => {
    const { data } = await client.query(MoreTokenizationsDocument, { id, behind }, { requestPolicy: 'network-only' }).toPromise();
    return data?.dataset?.tokenizations;
  };
  return (await everyPage(load, cursor)) ?? [];
}
