import type { LucideIcon } from 'lucide-react';
import type { ReactNode } from 'react';

interface Props {
  icon: LucideIcon;
  title: string;
  children: ReactNode;
  /** There is nothing else on the page. */
  isPage?: boolean;
}

/** Says that there is nothing, and how to begin. */
export function Empty({ icon: Icon, title, children, isPage = false }: Props) {
  const Heading = isPage ? 'h1' : 'h2';
  return (
    <div className="flex flex-col items-center gap-3 rounded-2xl border border-dashed border-edge/60 px-6 py-14 text-center">
      <Icon className="size-9 text-accent" strokeWidth={1.5} aria-hidden />
      <Heading className="text-base font-semibold">{title}</Heading>
      <div className="flex max-w-md flex-col items-center gap-4 text-muted">{children}</div>
    </div>
  );
}
