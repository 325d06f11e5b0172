import { ChevronRight } from 'lucide-react';
import { useMemo } from 'react';

import { DatasetHistoryDocument, type DatasetHistoryQuery } from '#graphql';

import { messageOf } from '../service/act';
import { useLiveQuery } from '../service/live-query';
import { counted, moment } from '../text/format';
import { Panel } from '../ui/Panel';
import { Problem } from '../ui/Problem';
import type { TabProps } from './tab-props';

type Happened = NonNullable<DatasetHistoryQuery['dataset']>['history']['events'][number];

/** Everything that has happened to a dataset, the newest first, in words; the stored facts are a click away. */
export default function History({ dataset: { id, version } }: TabProps) {
  return (
    <Panel title="History" aside={<span className="text-muted">{counted(version, 'event')}</span>}>
      <ol className="flex flex-col">
        <Part id={id} version={version} after={null} />
      </ol>
    </Panel>
  );
}

/** Some hundred events; above them those that came later, which are asked for from where these end. */
function Part({ id, version, after }: { id: string; version: number; after: string | null }) {
  const { data, error } = useLiveQuery(DatasetHistoryDocument, { id, after }, version);
  const history = data?.dataset?.history;
  const events = useMemo(() => history?.events.toReversed() ?? [], [history]);
  return (
    <>
      {error && !data && <li><Problem message={messageOf(error)} /></li>}
      {history && !history.caughtUp && <Part id={id} version={version} after={history.cursor} />}
      {events.map((event) => (
        <Entry key={event.position} event={event} />
      ))}
    </>
  );
}

function Entry({ event }: { event: Happened }) {
  const { type, summary, recordedAt, version, data } = event;
  return (
    <li className="relative flex gap-3 pb-4 last:pb-0 before:absolute before:top-4 before:bottom-0 before:left-[5px] before:w-px before:bg-line last:before:hidden">
      <span className={`relative mt-1.5 size-[11px] shrink-0 rounded-full border-2 ${type.endsWith('Failed') ? 'border-danger' : 'border-button'} bg-surface`} aria-hidden />
      <details className="group min-w-0 grow">
        <summary className="flex cursor-pointer list-none flex-wrap items-baseline gap-x-3 gap-y-0.5 py-0.5">
          <span className="min-w-0 break-words">{summary}</span>
          <time dateTime={recordedAt} className="text-xs text-muted">
            {moment(recordedAt)}
          </time>
          <span className="flex items-center gap-0.5 text-xs text-muted">
            {type} · {version} <ChevronRight className="size-3.5 transition-transform group-open:rotate-90" aria-hidden />
          </span>
        </summary>
        <pre tabIndex={0} className="mt-2 max-h-80 overflow-auto rounded-lg bg-raised p-3 font-mono text-xs">{JSON.stringify(data, null, 2)}</pre>
      </details>
    </li>
  );
}
