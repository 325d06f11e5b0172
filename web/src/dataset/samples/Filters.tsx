import { Plus, Search, X } from 'lucide-react';
import { type SubmitEvent, useEffect, useRef, useState } from 'react';

import type { SampleOrder, SamplesFoundQuery } from '#graphql';

import { count } from '../../text/format';
import { Button } from '../../ui/Button';
import { inputClass, selectClass } from '../../ui/Field';
import { pillClass } from '../../ui/pill';
import { rangeOf } from '../Histogram';
import { type ColumnTest, ORDERS, type Test, TESTS, type Wanted } from './wanted';

type Facets = NonNullable<NonNullable<SamplesFoundQuery['dataset']>['samples']['facets']>;

interface Props {
  wanted: Wanted;
  want: (change: Partial<Wanted>) => void;
  facets: Facets | null;
  columns: readonly string[];
}

const TYPING_MILLISECONDS = 250;

/** What narrows the samples down; each choice is a pill that can be taken back. */
export function Filters({ wanted, want, facets, columns }: Props) {
  const { split, words, columns: tests, order } = wanted;
  return (
    <div className="flex flex-col gap-3">
      <div className="flex flex-wrap gap-3">
        <SearchField search={wanted.search} onSearch={(search) => { want({ search, order: search === '' && order === 'RELEVANCE' ? 'ROW' : order }); }} />
        <label className="flex shrink-0 items-center gap-2 text-muted">
          Sort
          <select value={order} onChange={(event) => { want({ order: event.target.value as SampleOrder }); }} className={selectClass}>
            {(Object.keys(ORDERS) as SampleOrder[]).map((name) => (
              <option key={name} value={name} disabled={name === 'RELEVANCE' && wanted.search === ''}>
                {ORDERS[name]}
              </option>
            ))}
          </select>
        </label>
      </div>
      <div className="flex flex-wrap gap-2">
        {facets?.splits.map(({ split: name, rowCount }) => (
          <button key={name} type="button" className={pillClass} aria-pressed={split === name} onClick={() => { want({ split: split === name ? null : name }); }}>
            {name} <span>{count(rowCount)}</span>
          </button>
        ))}
        {words && <Pill label={rangeOf({ from: words.min, to: words.max + 1 }, 'words')} onRemove={() => { want({ words: null }); }} />}
        {tests.map(({ column, test, value }, index) => (
          <Pill key={`${column} ${test} ${value}`} label={`${column} ${TESTS[test]} ${value}`} onRemove={() => { want({ columns: tests.filter((_, other) => other !== index) }); }} />
        ))}
        <AddTest columns={columns} onAdd={(test) => { want({ columns: [...tests, test] }); }} />
      </div>
    </div>
  );
}

/** Searches while one types, a moment after the last letter. */
export function SearchField({ search, onSearch }: { search: string; onSearch: (search: string) => void }) {
  const [{ typed, of }, setTyped] = useState({ typed: search, of: search });
  // another address, from a link or the way back, says another search
  const shown = of === search ? typed : search;
  const newest = useRef(onSearch);
  useEffect(() => {
    newest.current = onSearch;
  });
  useEffect(() => {
    if (shown === search) return;
    const timer = setTimeout(() => { newest.current(shown); }, TYPING_MILLISECONDS);
    return () => { clearTimeout(timer); };
  }, [shown, search]);
  return (
    <label className="relative min-w-52 grow">
      <span className="sr-only">Search samples</span>
      <Search className="pointer-events-none absolute top-2.5 left-3 size-4 text-muted" aria-hidden />
      <input
        type="search"
        placeholder={'Words, "a phrase", -without, either or, begin*'}
        value={shown}
        onChange={(event) => { setTyped({ typed: event.target.value, of: search }); }}
        className={`${inputClass} pl-9`}
      />
    </label>
  );
}

function Pill({ label, onRemove }: { label: string; onRemove: () => void }) {
  return (
    <button type="button" className={pillClass} aria-pressed aria-label={`Remove the filter ${label}`} onClick={onRemove}>
      {label} <X className="size-3.5" aria-hidden />
    </button>
  );
}

function AddTest({ columns, onAdd }: { columns: readonly string[]; onAdd: (test: ColumnTest) => void }) {
  const [isOpen, setIsOpen] = useState(false);
  const [column, setColumn] = useState(columns[0] ?? '');
  const [test, setTest] = useState<Test>('contains');
  const [value, setValue] = useState('');
  if (!isOpen) {
    return (
      <button type="button" className={pillClass} onClick={() => { setIsOpen(true); }}>
        <Plus className="size-3.5" aria-hidden /> Filter by a column
      </button>
    );
  }
  const add = (event: SubmitEvent) => {
    event.preventDefault();
    onAdd({ column, test, value });
    setIsOpen(false);
    setValue('');
  };
  return (
    <form onSubmit={add} className="flex flex-wrap items-center gap-2">
      <select aria-label="Column" value={column} onChange={(event) => { setColumn(event.target.value); }} className={selectClass}>
        {columns.map((name) => <option key={name}>{name}</option>)}
      </select>
      <select aria-label="Test" value={test} onChange={(event) => { setTest(event.target.value as Test); }} className={selectClass}>
        {(Object.keys(TESTS) as Test[]).map((name) => <option key={name} value={name}>{TESTS[name]}</option>)}
      </select>
      <input aria-label="Value" required autoFocus value={value} onChange={(event) => { setValue(event.target.value); }} className={`${inputClass} w-40`} />
      <Button type="submit">Add</Button>
      <Button kind="quiet" onClick={() => { setIsOpen(false); }}>Cancel</Button>
    </form>
  );
}
