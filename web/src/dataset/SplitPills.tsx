import { pillClass } from '../ui/pill';

/** All splits, or one of them. */
export function SplitPills({ names, chosen, onChoose }: { names: readonly string[]; chosen: string | null; onChoose: (name: string | null) => void }) {
  if (names.length < 2) return null;
  return (
    <div className="flex flex-wrap gap-2" role="group" aria-label="Split">
      {[null, ...names].map((name) => (
        <button key={name ?? ''} type="button" className={pillClass} aria-pressed={name === chosen} onClick={() => { onChoose(name); }}>
          {name ?? 'All splits'}
        </button>
      ))}
    </div>
  );
}
