import { SearchX } from 'lucide-react';
import { useMemo, useState } from 'react';

import { type SampleLineFragment, SamplesFoundDocument } from '#graphql';

import { messageOf } from '../../service/act';
import { useLiveQuery } from '../../service/live-query';
import { count } from '../../text/format';
import { Empty } from '../../ui/Empty';
import { Panel } from '../../ui/Panel';
import { Problem } from '../../ui/Problem';
import type { TabProps } from '../tab-props';
import { Histogram } from '../Histogram';
import { useReadyTokenizations } from '../tokenizations/use-ready-tokenizations';
import { Filters } from './Filters';
import { SampleTable } from './SampleTable';
import { SampleView } from './SampleView';
import { SaveRows } from './SaveRows';
import { filterOf, useWanted } from './wanted';

/** Reading and searching: all rows, or those that are wanted. */
export default function Samples({ dataset }: TabProps) {
  const { id, status, columns, version, searchIndex, textColumn } = dataset;
  const made = useReadyTokenizations(dataset);
  const { wanted, want } = useWanted();
  const [opened, setOpened] = useState<SampleLineFragment | null>(null);
  const filter = useMemo(() => filterOf(wanted, columns), [wanted, columns]);
  // an index that is being built finds more and more
  const { data, error, fetching } = useLiveQuery(SamplesFoundDocument, { id, filter, orderBy: wanted.order }, 2 * version + searchIndex.coverage);
  if (status !== 'READY') return <p className="text-muted">Its rows can be read as soon as it is ready.</p>;
  const found = data?.dataset?.samples;
  return (
    <div className="flex flex-col gap-4">
      <Filters wanted={wanted} want={want} facets={found?.facets ?? null} columns={columns.map(({ name }) => name)} />
      {error && <Problem message={messageOf(error)} />}
      {found && (
        <>
          <div className="flex min-h-9 flex-wrap items-center gap-x-4 gap-y-2 text-muted" aria-busy={fetching}>
            <p role="status">
              <strong className="text-ink">{count(found.totalCount)}</strong> of {count(dataset.rowCount ?? 0)} rows
              {found.searchedAs !== null && <> · searched as <code className="font-mono text-xs">{found.searchedAs}</code></>}
            </p>
            {found.notices.map(({ code, message }) => <p key={code} className="text-warn">{message}</p>)}
            <span className="grow" />
            {found.download !== null && <SaveRows id={id} filter={filter} order={wanted.order} />}
          </div>
          {found.totalCount === 0 ? (
            <Empty icon={SearchX} title="No row is like that">
              <p>Take a filter back, or search for another word.</p>
            </Empty>
          ) : (
            <SampleTable key={JSON.stringify([filter, textColumn])} id={id} filter={filter} order={wanted.order} total={found.totalCount} otherTexts={columns.filter(({ name, isText }) => isText && name !== textColumn).map(({ name }) => name)} onOpen={setOpened} />
          )}
          {found.facets && found.totalCount > 0 && (
            <Panel title="How long they are, in words" aside={<span className="text-xs text-muted">Click a bar to keep these only</span>}>
              <Histogram label="How long they are, in words" unit="words" bins={found.facets.lengths} height={140} onPick={({ from, to }) => { want({ words: { min: from, max: to - 1 } }); }} />
            </Panel>
          )}
        </>
      )}
      {opened && <SampleView sample={opened} search={wanted.search} tokenizations={made} onClose={() => { setOpened(null); }} />}
    </div>
  );
}
