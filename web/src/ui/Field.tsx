import { type ComponentProps, type ReactNode, useId } from 'react';

const LOOK =
  'h-9 min-w-0 rounded-lg border border-edge/60 bg-surface px-3 text-sm text-ink placeholder:text-muted hover:border-edge ' +
  'aria-invalid:border-danger disabled:opacity-55';

export const inputClass = `${LOOK} w-full`;
/** A choice that is as wide as what it says. */
export const selectClass = `${LOOK} max-w-full`;

interface Labelled {
  label: string;
  hint?: ReactNode;
  /** What is wrong with it; empty where nothing is. */
  wrong?: string;
}

/** An input with its label, what to know of it, and what is wrong with it. */
export function Field({ label, hint, wrong = '', className = '', ...rest }: Labelled & ComponentProps<'input'>) {
  const id = useId();
  return (
    <Frame id={id} label={label} hint={hint} wrong={wrong}>
      <input
        id={id}
        aria-invalid={wrong !== ''}
        aria-describedby={`${id}-hint`}
        className={`${inputClass} ${className}`}
        {...rest}
      />
    </Frame>
  );
}

export function Choice({ label, hint, wrong = '', children, ...rest }: Labelled & ComponentProps<'select'>) {
  const id = useId();
  return (
    <Frame id={id} label={label} hint={hint} wrong={wrong}>
      <select id={id} aria-invalid={wrong !== ''} aria-describedby={`${id}-hint`} className={inputClass} {...rest}>
        {children}
      </select>
    </Frame>
  );
}

function Frame({ id, label, hint, wrong, children }: Labelled & { id: string; wrong: string; children: ReactNode }) {
  return (
    <div className="flex min-w-0 flex-col gap-1">
      <label htmlFor={id} className="text-[13px] font-medium">
        {label}
      </label>
      {children}
      <p id={`${id}-hint`} className={`text-xs empty:hidden ${wrong === '' ? 'text-muted' : 'text-danger'}`}>
        {wrong === '' ? hint : wrong}
      </p>
    </div>
  );
}
