import { createContext, type ReactNode, useContext, useEffect, useRef } from 'react';

import type { DatasetFilter } from '#graphql';

import { announce } from '../app/announcements';
import { createStore, useStore } from '../service/store';
import { leaving, settle } from './leaving';
import { type LiveDatasets, useLiveDatasets, type Watched } from './live';
import { LABELS } from './status';
import { useTokenNews } from './use-token-news';

const EVERYTHING = {};
const TRASH: DatasetFilter = { status: ['TRASHED', 'PURGING'] };
const Datasets = createContext<{ all: Watched; trash: Watched } | null>(null);

/** Goes up whenever anything has changed, also the progress of work: who shows something else asks for it again. */
export const changes = createStore(0);

/** Watches all datasets and, apart from them, those in the trash; tells a screen reader of every new status and of tokens. */
export function AllDatasets({ children }: { children: ReactNode }) {
  const all = useLiveDatasets(EVERYTHING);
  const trash = useLiveDatasets(TRASH);
  useTokenNews();
  const { list } = all;
  const before = useRef(list);
  useEffect(() => {
    changes.set(changes.get() + 1);
  }, [list, trash.list]);
  useEffect(() => {
    const news = statusChanges(before.current, list);
    before.current = list;
    settle([...leaving.get()].filter((id) => !list.items.has(id)));
    if (news.length > 0) announce(news.join('. '));
  }, [list]);
  return <Datasets value={{ all, trash }}>{children}</Datasets>;
}

function useDatasets() {
  const watched = useContext(Datasets);
  if (watched === null) throw new Error('This stands outside of AllDatasets.');
  return watched;
}

/** All but those in the trash. */
export const useAllDatasets = (): Watched => useDatasets().all;

/** Those in the trash, and those that are being removed. */
export const useTrash = (): Watched => useDatasets().trash;

export const useChanges = (): number => useStore(changes);

/** "english: Ready", for each that has another status than before. */
export function statusChanges(before: LiveDatasets, after: LiveDatasets): readonly string[] {
  if (!before.isWhole || before.items === after.items) return [];
  const news: string[] = [];
  for (const [id, { name, status }] of after.items) {
    if (before.items.get(id)?.status !== status) news.push(`${name}: ${LABELS[status].label}`);
  }
  return news;
}
