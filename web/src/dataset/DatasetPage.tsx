import * as Tabs from '@radix-ui/react-tabs';
import { type ComponentType, Suspense, useEffect, useRef } from 'react';
import { useLocation, useParams } from 'wouter';

import { Boundary } from '../app/Boundary';
import { lazily } from '../app/lazily';
import { NotFound } from '../app/NotFound';
import { useTitle } from '../app/use-title';
import { isKey } from '../text/is-key';
import { DatasetHeader } from './DatasetHeader';
import { Overview } from './Overview';
import type { TabProps } from './tab-props';
import { useDataset } from './use-dataset';

const TABS: Record<string, { label: string; Page: ComponentType<TabProps> }> = {
  overview: { label: 'Overview', Page: Overview },
  samples: { label: 'Samples', Page: lazily(() => import('./samples/Samples')) },
  statistics: { label: 'Statistics', Page: lazily(() => import('./Statistics')) },
  tokenizations: { label: 'Tokenizations', Page: lazily(() => import('./tokenizations/Tokenizations')) },
  history: { label: 'History', Page: lazily(() => import('./History')) },
};

/** One dataset; each tab has an address of its own. */
export default function DatasetPage() {
  const { id, tab = 'overview' } = useParams<{ id: string; tab?: string }>();
  const { dataset, isGone, wrong } = useDataset(id);
  if (!isKey(TABS, tab)) return <NotFound />;
  if (isGone) return <NotFound what="dataset" />;
  if (wrong !== '') return <NotFound title="This dataset cannot be shown" why={wrong} />;
  if (dataset === null) return <div className="h-40 animate-pulse rounded-xl bg-raised" aria-label="Loading" />;
  return <Shown dataset={dataset} id={id} tab={tab} />;
}

function Shown({ dataset, id, tab }: TabProps & { id: string; tab: string }) {
  const [, go] = useLocation();
  useTitle([dataset.name, TABS[tab]?.label].filter(Boolean).join(' · '));
  const tabs = useRef<HTMLDivElement>(null);
  useEffect(() => {
    // on a narrow screen the chosen one may stand beyond its edge
    tabs.current?.querySelector('[data-state=active]')?.scrollIntoView({ block: 'nearest', inline: 'center' });
  }, [tab]);
  return (
    <div className="flex flex-col gap-4">
      <DatasetHeader dataset={dataset} />
      <Tabs.Root value={tab} onValueChange={(next) => { go(next === 'overview' ? `/datasets/${id}` : `/datasets/${id}/${next}`); }}>
        <Tabs.List ref={tabs} aria-label="Parts of this dataset" className="mb-4 flex gap-1 overflow-x-auto border-b border-line">
          {Object.entries(TABS).map(([name, { label }]) => (
            <Tabs.Trigger
              key={name}
              value={name}
              className="-mb-px h-10 shrink-0 border-b-2 border-transparent px-3 text-muted -outline-offset-2 hover:text-ink data-[state=active]:border-button data-[state=active]:font-medium data-[state=active]:text-accent"
            >
              {label}
            </Tabs.Trigger>
          ))}
        </Tabs.List>
        {Object.entries(TABS).map(([name, { Page }]) => (
          <Tabs.Content key={name} value={name} className="rounded-lg outline-offset-4">
            <Boundary place={name}>
              <Suspense fallback={<div className="h-40 animate-pulse rounded-xl bg-raised" />}>
                <Page dataset={dataset} />
              </Suspense>
            </Boundary>
          </Tabs.Content>
        ))}
      </Tabs.Root>
    </div>
  );
}
