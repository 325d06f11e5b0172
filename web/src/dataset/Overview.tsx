import { DatasetFiguresDocument, StoredOfDatasetDocument } from '#graphql';

import { useChanges } from '../datasets/AllDatasets';
import { useLiveQuery } from '../service/live-query';
import { KINDS } from '../storage/kinds';
import { REST_MILLISECONDS } from '../storage/StorageBar';
import { bytes, count, decimal, moment, percent } from '../text/format';
import { Badge } from '../ui/Badge';
import { CopyText } from '../ui/CopyText';
import { Figures, Panel } from '../ui/Panel';
import { Shares } from './Shares';
import type { TabProps } from './tab-props';

/** What there is to know of a dataset at a glance. */
export function Overview({ dataset }: TabProps) {
  const { id, version, splits, columns, notes, language, license, path, searchIndex, createdAt, tokenizations, textColumn } = dataset;
  const { data } = useLiveQuery(DatasetFiguresDocument, { id }, version);
  const words = data?.dataset?.statistics;
  const known = (figure: number | null | undefined, told: (of: number) => string) => (figure == null ? '–' : told(figure));
  return (
    <div className="grid gap-4 lg:grid-cols-3">
      <div className="flex min-w-0 flex-col gap-4 lg:col-span-2">
        <Panel title="In figures">
          <Figures
            figures={[
              ['Rows', known(dataset.rowCount, count)],
              ['Size', known(dataset.sizeBytes, bytes)],
              ['Words', known(words?.wordCount, count)],
              ['Characters', known(words?.characterCount, count)],
              ['Mean words', known(words?.meanWords, decimal)],
              ['Different words', known(words?.vocabularySize, count)],
              ['Tokenizations', count(tokenizations.totalCount)],
              ['Searchable', percent(searchIndex.coverage)],
            ]}
          />
        </Panel>
        <Panel title="Columns">
          {columns.length === 0 ? <p className="text-muted">Known once it is ready.</p> : (
            <ul className="divide-y divide-line">
              {columns.map(({ name, type, isText }) => (
                <li key={name} className="flex items-center gap-3 py-2">
                  <span className="min-w-0 truncate font-medium">{name}</span>
                  <code className="min-w-0 truncate font-mono text-xs text-muted">{type}</code>
                  <span className="grow" />
                  {name === textColumn ? <Badge tone="good">read as text</Badge> : isText && <Badge tone="calm">text</Badge>}
                </li>
              ))}
            </ul>
          )}
        </Panel>
        {notes !== null && <Panel title="Notes"><p className="break-words whitespace-pre-wrap">{notes}</p></Panel>}
      </div>
      <div className="flex min-w-0 flex-col gap-4">
        <Panel title="Splits">
          <Shares parts={splits.map(({ name, rowCount }) => ({ name, value: rowCount }))} told={count} unit="rows" />
        </Panel>
        <OnDisk id={id} />
        <Panel title="About">
          <dl className="grid grid-cols-[auto_minmax(0,1fr)] gap-x-4 gap-y-2">
            <Known name="Added">{moment(createdAt)}</Known>
            {license !== null && <Known name="License">{license}</Known>}
            {language !== null && <Known name="Language">{language}</Known>}
            {path !== null && <Known name="Folder"><CopyText text={path} /></Known>}
          </dl>
        </Panel>
      </div>
    </div>
  );
}

/** All that lies there of it, by what it is. */
function OnDisk({ id }: { id: string }) {
  const { data } = useLiveQuery(StoredOfDatasetDocument, { ids: [id] }, useChanges(), REST_MILLISECONDS);
  const stored = data?.storage.byDataset[0];
  return (
    <Panel title="On disk" aside={stored && <span className="text-muted">{bytes(stored.bytes)}</span>}>
      {data ? <Shares parts={(stored?.byKind ?? []).map(({ kind, bytes: value }) => ({ name: KINDS[kind], value }))} told={bytes} unit="" /> : <div className="h-28" />}
    </Panel>
  );
}

function Known({ name, children }: { name: string; children: React.ReactNode }) {
  return (
    <>
      <dt className="text-muted">{name}</dt>
      <dd className="min-w-0">{children}</dd>
    </>
  );
}
