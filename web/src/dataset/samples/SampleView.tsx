import { useState } from 'react';
import { useQuery } from 'urql';

import { type SampleLineFragment, type TokenizationLineFragment, WholeSampleDocument, type WholeSampleQuery } from '#graphql';

import { messageOf } from '../../service/act';
import { isAskedAgain } from '../../service/asking-again';
import { counted } from '../../text/format';
import { Dialog } from '../../ui/Dialog';
import { Choice } from '../../ui/Field';
import { Problem } from '../../ui/Problem';
import { recipeLine } from '../tokenizations/recipe-line';
import { AllTokens } from './AllTokens';
import { placeInSplit } from './line';
import { Marked } from './Marked';

type Whole = Extract<NonNullable<WholeSampleQuery['node']>, { text: string }>;

interface Props {
  sample: SampleLineFragment;
  search: string;
  tokenizations: readonly TokenizationLineFragment[];
  onClose: () => void;
}

/** The whole text of a sample: with what was searched for, or cut into its tokens. */
export function SampleView({ sample, search, tokenizations, onClose }: Props) {
  const [tokenizationId, setTokenizationId] = useState('');
  const withTokens = tokenizationId !== '';
  // another column may have become the text since it was read last
  const [{ data, error, stale, fetching, operation }] = useQuery({ query: WholeSampleDocument, variables: { id: sample.id, search, tokenizationId, withTokens }, requestPolicy: 'network-only' });
  const whole = data?.node && 'text' in data.node ? data.node : null;
  // until the answer is here there are the tokens of what was chosen before
  const isAnswered = !fetching && !stale && !error && operation?.variables.tokenizationId === tokenizationId;
  return (
    <Dialog wide title={placeInSplit(sample)} description={counted(sample.wordCount, 'word')} onClose={onClose}>
      <div className="flex flex-col gap-4">
        {tokenizations.length > 0 && (
          <Choice label="Show the tokens of" value={tokenizationId} onChange={(event) => { setTokenizationId(event.target.value); }}>
            <option value="">none: the text as it is</option>
            {tokenizations.map(({ id, tokenizer, recipe }) => (
              <option key={id} value={id}>
                {tokenizer} · {recipeLine(recipe)}
              </option>
            ))}
          </Choice>
        )}
        {fetching && withTokens && <p role="status" className="text-muted">Its tokens are on their way…</p>}
        {!fetching && error && (isAskedAgain({ data, error, stale }) ? <p role="status" className="text-muted">Who cuts it into tokens is getting ready. It is asked again by itself.</p> : <Problem message={messageOf(error)} />)}
        <div tabIndex={0} role="region" aria-label="Text" dir="auto" className="max-h-[50dvh] min-h-40 overflow-y-auto rounded-xl border border-line bg-canvas p-4 leading-relaxed break-words whitespace-pre-wrap">
          {whole ? <Text whole={whole} tokenizationId={isAnswered ? tokenizationId : ''} /> : sample.text}
        </div>
        {whole && <Row row={whole.row} />}
      </div>
    </Dialog>
  );
}

function Text({ whole, tokenizationId }: { whole: Whole; tokenizationId: string }) {
  if (tokenizationId === '') return <Marked text={whole.text} ranges={whole.highlights} />;
  if (!whole.tokens) return <span className="text-muted">This row is not in the output of that tokenization.</span>;
  return <AllTokens key={tokenizationId} id={whole.id} tokenizationId={tokenizationId} text={whole.text} first={whole.tokens} isCut={whole.tokensTruncated === true} />;
}

function Row({ row }: { row: unknown }) {
  return (
    <details>
      <summary className="cursor-pointer text-muted hover:text-ink">All columns of this row</summary>
      <pre tabIndex={0} className="mt-2 max-h-72 overflow-auto rounded-lg bg-raised p-3 font-mono text-xs">{JSON.stringify(row, null, 2)}</pre>
    </details>
  );
}
