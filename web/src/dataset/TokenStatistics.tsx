import { useState } from 'react';
import { useQuery } from 'urql';

import { type TokenFiguresQuery, TokenFiguresDocument, type TokenizationLineFragment } from '#graphql';

import { messageOf } from '../service/act';
import { count, decimal, percent } from '../text/format';
import { selectClass } from '../ui/Field';
import { Figures, Panel } from '../ui/Panel';
import { Problem } from '../ui/Problem';
import { Conservation } from './Conservation';
import { Histogram } from './Histogram';
import { SplitPills } from './SplitPills';
import { recipeLine } from './tokenizations/recipe-line';

type OfTokens = NonNullable<NonNullable<TokenFiguresQuery['tokenization']>['statistics']>;

/** What the tokens of a tokenization are like, and where every one of them went. */
export function TokenStatistics({ tokenizations }: { tokenizations: readonly TokenizationLineFragment[] }) {
  const [chosen, setChosen] = useState('');
  const [split, setSplit] = useState<string | null>(null);
  // the chosen one may be deleted meanwhile
  const { id = '' } = tokenizations.find((tokenization) => tokenization.id === chosen) ?? tokenizations[0] ?? {};
  const [{ data, error, fetching }] = useQuery({ query: TokenFiguresDocument, variables: { id } });
  // until the answer is here there is the one before
  const statistics = data?.tokenization?.id === id ? data.tokenization.statistics : null;
  return (
    <Panel
      title="Tokens"
      aside={
        <select aria-label="Tokenization" value={id} onChange={(event) => { setChosen(event.target.value); }} className={selectClass}>
          {tokenizations.map((tokenization) => (
            <option key={tokenization.id} value={tokenization.id}>
              {tokenization.tokenizer} · {recipeLine(tokenization.recipe)}
            </option>
          ))}
        </select>
      }
    >
      {statistics ? <Told statistics={statistics} split={split} onSplit={setSplit} /> : error && !fetching ? <Problem message={messageOf(error)} /> : <div className="h-180" aria-label="Loading" />}
    </Panel>
  );
}

function Told({ statistics, split, onSplit }: { statistics: OfTokens; split: string | null; onSplit: (name: string | null) => void }) {
  const part = statistics.bySplit.find(({ name }) => name === split) ?? statistics;
  // these are known of the whole only
  const ofAll = part === statistics ? '' : ' (all splits)';
  const used = part.vocabularyUsed;
  return (
    <>
      <SplitPills names={statistics.bySplit.map(({ name }) => name)} chosen={split} onChoose={onSplit} />
      <Figures
        figures={[
          ['Tokens', count(part.tokenCount)],
          ['Sequences', count(part.sequenceCount)],
          ['Mean length', decimal(part.meanLength)],
          ['Median length', decimal(part.medianLength)],
          ['Shortest', count(part.minLength)],
          ['Longest', count(part.maxLength)],
          ['Vocabulary used', used === null ? '–' : `${count(used)} (${percent(used / Math.max(1, statistics.vocabularySize))})`],
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
