import type { ComponentProps } from 'react';

type Kind = 'primary' | 'plain' | 'quiet' | 'danger';

const KINDS: Record<Kind, string> = {
  primary: 'bg-button text-on-button hover:bg-button-hover font-medium',
  plain: 'bg-surface text-ink border border-line hover:border-edge',
  quiet: 'text-muted hover:text-ink hover:bg-raised',
  danger: 'bg-danger-soft text-danger border border-danger/40 hover:border-danger font-medium',
};

const SHAPE =
  'inline-flex h-9 shrink-0 items-center justify-center gap-2 rounded-lg text-sm whitespace-nowrap transition-colors ' +
  'disabled:cursor-not-allowed disabled:opacity-55 aria-pressed:bg-accent-soft aria-pressed:text-accent [&_svg]:size-4';

/** A link that looks like a button has the same classes. */
export const buttonClass = (kind: Kind = 'plain'): string => `${SHAPE} px-3 ${KINDS[kind]}`;

export function Button({ kind = 'plain', className = '', ...rest }: ComponentProps<'button'> & { kind?: Kind }) {
  return <button type="button" className={`${buttonClass(kind)} ${className}`} {...rest} />;
}

/** A button that shows a picture only; its label is told to those who cannot see it, and to a resting mouse. */
export function IconButton({ label, className = '', ...rest }: ComponentProps<'button'> & { label: string }) {
  return <button type="button" aria-label={label} title={label} className={`${SHAPE} w-9 ${KINDS.quiet} ${className}`} {...rest} />;
}
