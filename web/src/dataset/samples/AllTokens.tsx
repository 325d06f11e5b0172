import { useState } from 'react';
import { useClient } from 'urql';

import { MoreTokensDocument } from '#graphql';

import { messageOf } from '../../service/act';
import { Button } from '../../ui/Button';
import type { Token } from './token-parts';
import { Tokens } from './Tokens';

interface Props {
  id: string;
  tokenizationId: string;
  text: string;
  first: readonly Token[];
  /** Whether there are more than the first. */
  isCut: boolean;
}

/** The tokens of a text, of which more are asked for as they are wanted. */
export function AllTokens({ id, tokenizationId, text, first, isCut }: Props) {
  const client = useClient();
  const [more, setMore] = useState({ tokens: [] as readonly Token[], isCut });
  const [isAsking, setIsAsking] = useState(false);
  const [wrong, setWrong] = useState('');
  const tokens = [...first, ...more.tokens];
  const show = async () => {
    setIsAsking(true);
    const { data, error } = await client.query(MoreTokensDocument, { id, tokenizationId, at: tokens.length }).toPromise();
    const page = data?.node && 'tokens' in data.node ? data.node : null;
    if (page?.tokens) setMore({ tokens: [...more.tokens, ...page.tokens], isCut: page.tokensTruncated === true });
    setWrong(page?.tokens ? '' : messageOf(error));
    setIsAsking(false);
  };
  return (
    <Tokens text={text} tokens={tokens} isCut={more.isCut}>
      {more.isCut && (
        <Button className="ml-auto h-8" disabled={isAsking} onClick={() => void show()}>
          Show 500 more
        </Button>
      )}
      {wrong !== '' && <span role="alert" className="text-danger">{wrong}</span>}
    </Tokens>
  );
}
