import type { LucideIcon } from 'lucide-react';
import type { ReactNode } from 'react';

export type Tone = 'calm' | 'good' | 'busy' | 'bad' | 'warn';

const TONES: Record<Tone, string> = {
  calm: 'bg-raised text-muted',
  good: 'bg-accent-soft text-accent',
  busy: 'bg-info-soft text-info',
  bad: 'bg-danger-soft text-danger',
  warn: 'bg-warn-soft text-warn',
};

export function Badge({ tone, icon: Icon, children }: { tone: Tone; icon?: LucideIcon; children: ReactNode }) {
  return (
    <span
      className={`inline-flex h-6 w-fit shrink-0 items-center gap-1.5 rounded-full px-2.5 text-xs font-medium whitespace-nowrap ${TONES[tone]}`}
    >
      {Icon && <Icon className="size-3.5" aria-hidden />}
      {children}
    </span>
  );
}
