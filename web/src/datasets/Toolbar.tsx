import { Search } from 'lucide-react';
import { useMemo, useState } from 'react';

import { count } from '../text/format';
import { inputClass, selectClass } from '../ui/Field';
import { pillClass } from '../ui/pill';
import type { LiveDatasets } from './live';
import { type Group, GROUPS, isIn, MOST_TAGS, offeredTags, ORDERS, tagsOf } from './sorting';
import type { View } from './use-view';

export function Toolbar({ view, all }: { view: View; all: LiveDatasets }) {
  const chosen = view.tags.join('\n');
  const every = useMemo(() => tagsOf(all.items.values()), [all.items]);
  const [showsEvery, setShowsEvery] = useState(false);
  const first = showsEvery ? every.length : MOST_TAGS;
  const tags = useMemo(() => offeredTags(every, chosen === '' ? [] : chosen.split('\n'), first), [every, chosen, first]);
  // what is not all of them yet has its room, so that nothing moves once it is
  const seen = all.isWhole ? '' : 'invisible';
  return (
    <div className="flex flex-col gap-3">
      <div className="flex flex-wrap gap-3">
        <label className="relative min-w-52 grow">
          <span className="sr-only">Search datasets</span>
          <Search className="pointer-events-none absolute top-2.5 left-3 size-4 text-muted" aria-hidden />
          <input
            type="search"
            placeholder="Search names, repositories, tags, notes"
            value={view.search}
            onChange={(event) => { view.set('search', event.target.value); }}
            className={`${inputClass} pl-9`}
          />
        </label>
        <label className="flex shrink-0 items-center gap-2 text-muted">
          Sort
          <select value={view.order} onChange={(event) => { view.set('order', event.target.value); }} className={selectClass}>
            {Object.entries(ORDERS).map(([order, { label }]) => (
              <option key={order} value={order}>
                {label}
              </option>
            ))}
          </select>
        </label>
      </div>
      <div className="flex flex-wrap gap-2">
        {(Object.keys(GROUPS) as Group[]).map((group) => (
          <button key={group} type="button" className={pillClass} aria-pressed={view.group === group} onClick={() => { view.set('group', group === 'all' ? '' : group); }}>
            {GROUPS[group].label}
            <span className={seen}>{count([...all.items.values()].filter((dataset) => isIn(group, dataset)).length)}</span>
          </button>
        ))}
        {tags.map(([tag, uses]) => (
          <button key={tag} type="button" className={pillClass} aria-pressed={view.tags.includes(tag)} onClick={() => { view.toggleTag(tag); }}>
            #{tag}
            <span className={seen}>{count(uses)}</span>
          </button>
        ))}
        {every.length > MOST_TAGS && (
          <button type="button" className={pillClass} aria-expanded={showsEvery} onClick={() => { setShowsEvery(!showsEvery); }}>
            {showsEvery ? 'Fewer tags' : 'All tags'} <span className={seen}>{count(every.length)}</span>
          </button>
        )}
      </div>
    </div>
  );
}
