import { Database, Download, SearchX, Upload } from 'lucide-react';
import { useCallback, useDeferredValue, useMemo } from 'react';

import type { DatasetCardFragment } from '#graphql';

import { useShortcuts } from '../app/shortcuts';
import { useTitle } from '../app/use-title';
import { useStore } from '../service/store';
import { StorageBar } from '../storage/StorageBar';
import { Button } from '../ui/Button';
import { Empty } from '../ui/Empty';
import { chooseFiles } from '../uploads/choosing';
import { UploadList } from '../uploads/UploadList';
import { useAllDatasets } from './AllDatasets';
import { DatasetGrid } from './DatasetGrid';
import { askForDownload } from './downloading';
import { leaving } from './leaving';
import { useLiveDatasets } from './live';
import { Refused } from './Refused';
import { SelectionBar } from './SelectionBar';
import { arranged } from './sorting';
import { Toolbar } from './Toolbar';
import { useRetry } from './RetryDialog';
import { useDatasetActions } from './use-dataset-actions';
import { useSelection } from './use-selection';
import { useView, type View } from './use-view';

/** Everything that is here, live. What is chosen stands in the address. */
export function DatasetsPage() {
  useTitle('Datasets');
  const all = useAllDatasets().list;
  const view = useView();
  const found = useFound(view);
  const selection = useSelection(found.datasets);
  const actions = useDatasetActions();
  useShortcuts(useMemo(() => ({ Escape: selection.clear }), [selection.clear]));

  const remove = useCallback((dataset: DatasetCardFragment) => void actions.remove([dataset]), [actions]);
  const cancel = useCallback((dataset: DatasetCardFragment) => void actions.cancel(dataset), [actions]);
  const { retry, dialog: retryDialog } = useRetry(actions.retry);
  const isEmpty = all.isWhole && all.items.size === 0;
  return (
    <div className="flex flex-col gap-4">
      <div className="flex flex-wrap items-center gap-3">
        <h1 className="mr-auto text-xl font-semibold tracking-tight">Datasets</h1>
        <div className="order-last w-full lg:order-none lg:w-auto lg:grow lg:px-6">
          <StorageBar />
        </div>
        <Button onClick={chooseFiles}>
          <Upload aria-hidden /> Upload
        </Button>
        <Button kind="primary" onClick={askForDownload}>
          <Download aria-hidden /> Download
        </Button>
      </div>
      <UploadList />
      {!isEmpty && <Toolbar view={view} all={all} />}
      {found.wrong !== '' && <Refused message={found.wrong} onAgain={found.again} />}
      {isEmpty ? <Beginning /> : (
        <DatasetGrid datasets={found.datasets} selected={selection.ids} onSelect={selection.toggle} onCancel={cancel} onRetry={retry} onDelete={remove} />
      )}
      {!isEmpty && found.isWhole && found.datasets.length === 0 && <Nothing onClear={view.clear} />}
      {/* the bar stands over the end of the page, not over the last cards */}
      {selection.datasets.length > 0 && <div className="h-20 sm:h-12" />}
      <SelectionBar datasets={selection.datasets} onClear={selection.clear} />
      {retryDialog}
    </div>
  );
}

/** The service searches; groups, tags and order are of what is here already, at once. */
function useFound({ search, group, tags, order }: View) {
  const all = useAllDatasets();
  const wanted = useDeferredValue(search).trim();
  const searched = useLiveDatasets(wanted === '' ? null : { search: wanted });
  const { list, wrong, again } = wanted === '' ? all : searched;
  // until something is found, or nothing is, what was there stays
  const { items } = list.isWhole || list.items.size > 0 || wrong !== '' ? list : all.list;
  const { isWhole } = list;
  const kept = tags.join('\n');
  const gone = useStore(leaving);
  const datasets = useMemo(
    () => arranged([...items.values()].filter(({ id }) => !gone.has(id)), { group, tags: kept === '' ? [] : kept.split('\n'), order }),
    [items, gone, group, kept, order],
  );
  return { datasets, isWhole, wrong, again };
}

function Beginning() {
  return (
    <Empty icon={Database} title="Nothing is here yet">
      <p>
        Name a dataset of the Hugging Face Hub to bring it here, or drop a file of your own on this page: CSV, JSON, text, Parquet or Arrow.
        It is checked, counted and made searchable; then it can be tokenized.
      </p>
      <Button kind="primary" onClick={askForDownload}>
        <Download aria-hidden /> Download a dataset
      </Button>
    </Empty>
  );
}

function Nothing({ onClear }: { onClear: () => void }) {
  return (
    <Empty icon={SearchX} title="No dataset is like that">
      <p>Search for another word, or show them all.</p>
      <Button onClick={onClear}>Show all</Button>
    </Empty>
  );
}
