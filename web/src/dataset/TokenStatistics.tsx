import { useState } from 'react';
import { useQuery } from 'urql';

import { type TokenFiguresQuery, TokenFiguresDocument, type TokenizationLineFragment } from '#graphql';

import { count, decimal, percent } from '../text/format';
import { Figures, Panel } from '../ui/Panel';
import { selectClass } from '../ui/Field';
import { Conservation } from './Conservation';
import { Histogram } from './Histogram';
import { SplitPills } from './SplitPills';
import { recipeLine } from './tokenizations/recipe-line';

type OfTokens = NonNullable<NonNullable<TokenFiguresQuery['tokenization']>['statistics']>;

/** What the tokens of a tokenization are like, and where every one of them went. */
export function TokenStatistics({ tokenizations }: { tokenizations: readonly TokenizationLineFragment[] }) {
  const [chosen, setChosen] = useState(tokenizations[0]?.id ?? '');
  const [{ data }] = useQuery({ query: TokenFiguresDocument, variables: { id: chosen } });
  const statistics = data?.tokenization?.statistics;
  return (
    <Panel
      title="Tokens"
      aside={
        <select aria-label="Tokenization" value={chosen} onChange={(event) => { setChosen(event.target.value); }} className={selectClass}>
          {tokenizations.map((tokenization) => (
            <option key={tokenization.id} value={tokenization.id}>
              {tokenization.tokenizer} · {recipeLine(tokenization.recipe)}
            </option>
          ))}
        </select>
      }
    >
      {statistics ? <Told statistics={statistics} /> : <div className="h-180" aria-label="Loading" />}
    </Panel>
  );
}

function Told({ statistics }: { statistics: OfTokens }) {
  const [split, setSplit] = useState<string | null>(null);
  const part = statistics.bySplit.find(({ name }) => name === split) ?? statistics;
  // these are known of the whole only
  const ofAll = part === statistics ? '' : ' (all splits)';
  const used = part.vocabularyUsed ?? 0;
  return (
    <>
      <SplitPills names={statistics.bySplit.map(({ name }) => name)} chosen={split} onChoose={setSplit} />
      <Figures
        figures={[
          ['Tokens', count(part.tokenCount)],
          ['Sequences', count(part.sequenceCount)],
          ['Mean length', decimal(part.meanLength)],
          ['Median length', decimal(part.medianLength)],
          ['Shortest', count(part.minLength)],
          ['Longest', count(part.maxLength)],
          ['Vocabulary used', `${count(used)} (${percent(used / Math.max(1, statistics.vocabularySize))})`],
          ['Skipped samples', count(statistics.skippedSamples)],
        ]}
      />
      <h3 className="text-xs text-muted">How long sequences are, in tokens</h3>
      <Histogram label="How long sequences are, in tokens" unit="tokens" bins={part.histogram} height={200} />
      <Conservation statistics={statistics} of={ofAll} />
      <TopTokens tokens={statistics.topTokens} total={statistics.tokenCount} of={ofAll} />
    </>
  );
}

function TopTokens({ tokens, total, of }: { tokens: OfTokens['topTokens']; total: number; of: string }) {
  const most = tokens[0]?.count ?? 1;
  return (
    <div className="flex flex-col gap-2">
      <h3 className="font-medium">Most frequent tokens{of}</h3>
      <ol className="grid gap-x-8 gap-y-1.5 md:grid-cols-2">
        {tokens.map(({ id, token, count: times }) => (
          <li key={id} className="grid grid-cols-[6.5rem_minmax(0,1fr)_auto] items-center gap-3">
            <code className="truncate rounded-md bg-raised px-1.5 py-0.5 font-mono text-xs whitespace-pre" title={`${token} (id ${String(id)})`}>
              {token}
            </code>
            <span className="h-1.5 rounded-full bg-raised" aria-hidden>
              <span className="block h-full rounded-full bg-button" style={{ width: percent(times / most) }} />
            </span>
            <span className="text-xs text-muted">
              {count(times)} · {percent(times / Math.max(1, total))}
            </span>
          </li>
        ))}
      </ol>
    </div>
  );
}
