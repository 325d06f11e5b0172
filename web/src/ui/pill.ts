/** A filter that is on or off (`aria-pressed`). */
export const pillClass =
  'flex h-8 items-center gap-1.5 rounded-full border border-line px-3 text-[13px] text-muted hover:border-edge hover:text-ink ' +
  'aria-pressed:border-button aria-pressed:bg-accent-soft aria-pressed:text-accent';
