import { useMemo } from 'react';
import { useSearchParams } from 'wouter';

import type { ColumnPredicate, SampleFilter, SampleOrder } from '#graphql';

import { isKey } from '../../text/is-key';

export type Test = 'contains' | 'equals' | 'min' | 'max';

export interface ColumnTest {
  readonly column: string;
  readonly test: Test;
  readonly value: string;
}

/** Which samples are wanted, and in which order; as the address says it. */
export interface Wanted {
  readonly search: string;
  readonly split: string | null;
  readonly words: { readonly min: number; readonly max: number } | null;
  readonly columns: readonly ColumnTest[];
  readonly order: SampleOrder;
}

export const ORDERS: Record<SampleOrder, string> = { ROW: 'As in the source', RELEVANCE: 'Best match', SHORTEST: 'Shortest', LONGEST: 'Longest' };
export const TESTS: Record<Test, string> = { contains: 'contains', equals: 'is', min: 'is at least', max: 'is at most' };

export function useWanted(): { wanted: Wanted; want: (change: Partial<Wanted>) => void } {
  const [asked, setAsked] = useSearchParams();
  const wanted = useMemo(() => read(asked), [asked]);
  return { wanted, want: (change) => { setAsked(write({ ...wanted, ...change }), { replace: true }); } };
}

function read(asked: URLSearchParams): Wanted {
  const order = asked.get('order');
  const words = asked.get('words')?.split('-').map(Number);
  return {
    search: asked.get('search') ?? '',
    split: asked.get('split'),
    words: words?.length === 2 && words.every(Number.isInteger) ? { min: words[0] ?? 0, max: words[1] ?? 0 } : null,
    columns: asked.getAll('where').flatMap(testOf),
    order: isKey(ORDERS, order) ? order : 'ROW',
  };
}

function testOf(written: string): ColumnTest[] {
  const [column = '', test = '', ...value] = written.split(':');
  return isKey(TESTS, test) ? [{ column, test, value: value.join(':') }] : [];
}

function write({ search, split, words, columns, order }: Wanted): URLSearchParams {
  const told = new URLSearchParams();
  if (search !== '') told.set('search', search);
  if (split !== null) told.set('split', split);
  if (words) told.set('words', `${String(words.min)}-${String(words.max)}`);
  for (const { column, test, value } of columns) told.append('where', `${column}:${test}:${value}`);
  if (order !== 'ROW') told.set('order', order);
  return told;
}

export function filterOf({ search, split, words, columns }: Wanted): SampleFilter {
  return {
    ...(search.trim() && { search: search.trim() }),
    ...(split !== null && { split }),
    ...(words && { wordCount: words }),
    ...(columns.length > 0 && { where: columns.map(predicateOf) }),
  };
}

/** What is typed is text; of a column of numbers it is a number. */
function predicateOf({ column, test, value }: ColumnTest): ColumnPredicate {
  const number = value.trim() !== '' && !Number.isNaN(Number(value)) ? Number(value) : value;
  return { column, [test]: test === 'contains' ? value : number };
}
