import { useState } from 'react';
import { Link } from 'wouter';

import { DatasetFiguresDocument, type DatasetFiguresQuery } from '#graphql';

import { messageOf } from '../service/act';
import { useLiveQuery } from '../service/live-query';
import { count, decimal } from '../text/format';
import { Figures, Panel } from '../ui/Panel';
import { Problem } from '../ui/Problem';
import { Histogram } from './Histogram';
import { SplitPills } from './SplitPills';
import { useReadyTokenizations } from './tokenizations/use-ready-tokenizations';
import { TokenStatistics } from './TokenStatistics';
import type { TabProps } from './tab-props';

type OfText = NonNullable<NonNullable<DatasetFiguresQuery['dataset']>['statistics']>;
type OfPart = OfText | OfText['bySplit'][number];

/** What texts are like in words, all of them or of a split, and what their tokens are like. */
export default function Statistics({ dataset }: TabProps) {
  const { id, status, version, textColumn, searchIndex } = dataset;
  const made = useReadyTokenizations(dataset);
  const { data, error } = useLiveQuery(DatasetFiguresDocument, { id }, version);
  const statistics = data?.dataset?.statistics;
  if (error && !data) return <Problem message={messageOf(error)} />;
  if (status !== 'READY') return <p className="text-muted">There are figures as soon as the dataset is ready.</p>;
  return (
    <div className="flex flex-col gap-4">
      {statistics ? <Words statistics={statistics} /> : data ? <Uncounted textColumn={textColumn} isUnderWay={searchIndex.status === 'BUILDING'} /> : <Waiting title="Words" />}
      {made.length > 0 && <TokenStatistics tokenizations={made} />}
    </div>
  );
}

/** Of a column that was chosen a while ago only, the words are counted with its index: by a job, which may fail or be stopped. */
function Uncounted({ textColumn, isUnderWay }: { textColumn: string | null; isUnderWay: boolean }) {
  return (
    <p role="status" className="text-muted">
      {textColumn === null && 'This dataset has no column of text to count.'}
      {textColumn !== null && isUnderWay && `The words of ${textColumn} are being counted.`}
      {textColumn !== null && !isUnderWay && (
        <>
          The words of {textColumn} are not counted: the job that makes it searchable has failed or was stopped. Retry it on the page of{' '}
          <Link href="/jobs" className="text-accent underline underline-offset-2">jobs</Link>.
        </>
      )}
    </p>
  );
}

/** Has the room of the figures that are on their way, so that nothing moves when they come. */
export function Waiting({ title }: { title: string }) {
  return (
    <Panel title={title}>
      <div className="h-126 sm:h-79" aria-label="Loading" />
    </Panel>
  );
}

function Words({ statistics }: { statistics: OfText }) {
  const [split, setSplit] = useState<string | null>(null);
  const part: OfPart = statistics.bySplit.find(({ name }) => name === split) ?? statistics;
  return (
    <Panel title="Words" aside={<SplitPills names={statistics.bySplit.map(({ name }) => name)} chosen={split} onChoose={setSplit} />}>
      <Figures
        figures={[
          ['Rows', count(part.rowCount)],
          ['Words', count(part.wordCount)],
          ['Mean words', decimal(part.meanWords)],
          ['Median words', decimal(part.medianWords)],
          ['Fewest words', count(part.minWords)],
          ['Most words', count(part.maxWords)],
          ['Different words', `${part.vocabularyIsExact ? '' : 'about '}${count(part.vocabularySize)}`],
        ]}
      />
      <h3 className="text-xs text-muted">How long texts are, in words</h3>
      <Histogram label="How long texts are, in words" unit="words" bins={part.histogram} height={220} />
    </Panel>
  );
}
