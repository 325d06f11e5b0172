import { useCallback, useMemo, useState } from 'react';

import type { DatasetCardFragment } from '#graphql';

export interface Selection {
  readonly ids: ReadonlySet<string>;
  /** The selected ones that are shown. */
  readonly datasets: readonly DatasetCardFragment[];
  toggle: (id: string) => void;
  clear: () => void;
}

export function useSelection(shown: readonly DatasetCardFragment[]): Selection {
  const [ids, setIds] = useState<ReadonlySet<string>>(new Set());
  const toggle = useCallback((id: string) => {
    setIds((before) => {
      const after = new Set(before);
      if (!after.delete(id)) after.add(id);
      return after;
    });
  }, []);
  const clear = useCallback(() => { setIds(new Set()); }, []);
  const datasets = useMemo(() => shown.filter(({ id }) => ids.has(id)), [shown, ids]);
  return { ids, datasets, toggle, clear };
}
