import { useEffect, useState } from 'react';
import { type CombinedError, useClient } from 'urql';

import { type TokenizationsPageFragment, WatchTokenizationsPageDocument } from '#graphql';

import { messageOf } from '../../service/act';
import { byFrame } from '../../service/by-frame';
import { Button } from '../../ui/Button';
import { Problem } from '../../ui/Problem';
import { TokenizationCard } from './TokenizationCard';

/** The tokenizations of a page and, once they are wanted, those behind it: where one page moves on, the next follows it. */
export function Made({ id, page: { nodes, pageInfo } }: { id: string; page: TokenizationsPageFragment }) {
  const [showsMore, setShowsMore] = useState(false);
  const { hasNextPage, endCursor } = pageInfo;
  return (
    <>
      {nodes.map((tokenization) => (
        <TokenizationCard key={tokenization.id} tokenization={tokenization} />
      ))}
      {hasNextPage && showsMore && <More id={id} behind={endCursor} />}
      {hasNextPage && !showsMore && <Button className="self-center" onClick={() => { setShowsMore(true); }}>Show more</Button>}
    </>
  );
}

function More({ id, behind }: { id: string; behind: string | null }) {
  const { page, error } = usePage(id, behind);
  if (page) return <Made id={id} page={page} />;
  return error ? <Problem message={messageOf(error)} /> : <p className="text-muted">More are on their way…</p>;
}

/** A page, live. While another one is on its way the last one stays. */
function usePage(id: string, behind: string | null) {
  const client = useClient();
  const [page, setPage] = useState<TokenizationsPageFragment | null>(null);
  const [error, setError] = useState<CombinedError>();
  useEffect(() => {
    const frames = byFrame<TokenizationsPageFragment>((told) => { setPage(told.at(-1) ?? null); });
    const watching = client.subscription(WatchTokenizationsPageDocument, { id, behind }).subscribe(({ data, error: wrong }) => {
      setError(wrong);
      if (data) frames.push(data.datasetChanged.tokenizations);
    });
    return () => {
      watching.unsubscribe();
      frames.stop();
    };
  }, [client, id, behind]);
  return { page, error };
}
