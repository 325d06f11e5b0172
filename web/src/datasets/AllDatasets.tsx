import { createContext, type ReactNode, useContext, useEffect, useRef } from 'react';

import { announce } from '../app/announcements';
import { createStore, useStore } from '../service/store';
import { leaving, settle } from './leaving';
import { type LiveDatasets, useLiveDatasets } from './live';
import { LABELS } from './status';

const EVERYTHING = {};
const Datasets = createContext<LiveDatasets | null>(null);

/** Goes up whenever anything has changed, also the progress of work: who shows something else asks for it again. */
export const changes = createStore(0);

/** Watches all datasets but those in the trash, and tells a screen reader of every new status. */
export function AllDatasets({ children }: { children: ReactNode }) {
  const { list } = useLiveDatasets(EVERYTHING);
  const before = useRef(list);
  useEffect(() => {
    changes.set(changes.get() + 1);
    const news = statusChanges(before.current, list);
    before.current = list;
    settle([...leaving.get()].filter((id) => !list.items.has(id)));
    if (news.length > 0) announce(news.join('. '));
  }, [list]);
  return <Datasets value={list}>{children}</Datasets>;
}

export function useAllDatasets(): LiveDatasets {
  const list = useContext(Datasets);
  if (list === null) throw new Error('This stands outside of AllDatasets.');
  return list;
}

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
