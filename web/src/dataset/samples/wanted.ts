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

export function read(asked: URLSearchParams): Wanted {
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
  return isKey(TESTS, test) ? [{ column: column.replaceAll('%3A', ':').replaceAll('%25', '%'), test, value: value.join(':') }] : [];
}

/** A colon ends the name of a column, so one within it is written otherwise. */
const nameOf = (column: string): string => column.replaceAll('%', '%25').replaceAll(':', '%3A');

export function write({ search, split, words, columns, order }: Wanted): URLSearchParams {
  const told = new URLSearchParams();
  if (search !== '') told.set('search', search);
  if (split !== null) told.set('split', split);
  if (words) told.set('words', `${String(words.min)}-${String(words.max)}`);
  for (const { column, test, value } of columns) told.append('where', `${nameOf(column)}:${test}:${value}`);
  if (order !== 'ROW') told.set('order', order);
  return told;
}

interface Column {
  readonly name: string;
  readonly type: string;
}

export function filterOf({ search, split, words, columns: tests }: Wanted, columns: readonly Column[]): SampleFilter {
  const typeOf = new Map(columns.map(({ name, type }) => [name, type]));
  return {
    ...(search.trim() && { search: search.trim() }),
    ...(split !== null && { split }),
    ...(words && { wordCount: words }),
    ...(tests.length > 0 && { where: tests.map((test) => predicateOf(test, typeOf.get(test.column) ?? '')) }),
  };
}

function predicateOf({ column, test, value }: ColumnTest, type: string): ColumnPredicate {
  return { column, [test]: test === 'contains' ? value : readAs(type, value) };
}

/** What is typed is text, as the service reads times and decimals too. Where it does not fit it stays so: the service says what would. */
function readAs(type: string, value: string): string | number | boolean {
  const of = type.replace(/^dictionary<values=/, '');
  if (/^bool/.test(of)) return TRUTHS.get(value.trim().toLowerCase()) ?? value;
  if (!/^(u?int|halffloat|float|double|duration)/.test(of) || value.trim() === '') return value;
  const number = Number(value);
  // another whole number than the one that was typed would find other rows
  const isExact = Number.isFinite(number) && (Math.abs(number) <= Number.MAX_SAFE_INTEGER || /^[hfd]/.test(of));
  return isExact ? number : value;
}

const TRUTHS: ReadonlyMap<string, boolean> = new Map([['true', true], ['false', false]]);
