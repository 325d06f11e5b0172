import { useSearchParams } from 'wouter';

import { isKey } from '../text/is-key';
import { type Group, GROUPS, type Order, ORDERS } from './sorting';

export interface View {
  readonly search: string;
  readonly group: Group;
  readonly order: Order;
  readonly tags: readonly string[];
  set: (name: 'search' | 'group' | 'order', value: string) => void;
  toggleTag: (tag: string) => void;
  clear: () => void;
}

/** What is looked at, as the address says. */
export function useView(): View {
  const [asked, setAsked] = useSearchParams();
  const [group, order] = [asked.get('group'), asked.get('order')];
  const change = (edit: (to: URLSearchParams) => void) => {
    setAsked((before) => { const to = new URLSearchParams(before); edit(to); return to; }, { replace: true });
  };
  const tags = asked.getAll('tag');
  return {
    search: asked.get('search') ?? '',
    group: isKey(GROUPS, group) ? group : 'all',
    order: isKey(ORDERS, order) ? order : 'used',
    tags,
    set: (name, value) => { change((to) => { if (value === '') to.delete(name); else to.set(name, value); }); },
    toggleTag: (tag) => { change((to) => { if (tags.includes(tag)) to.delete('tag', tag); else to.append('tag', tag); }); },
    clear: () => { setAsked(new URLSearchParams(), { replace: true }); },
  };
}
