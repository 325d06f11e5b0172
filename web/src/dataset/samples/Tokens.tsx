import { ChevronLeft, ChevronRight } from 'lucide-react';
import { type ReactNode, useMemo, useState } from 'react';

import { counted } from '../../text/format';
import { IconButton } from '../../ui/Button';
import { nextToken, reachOf, type Token, tokenParts } from './token-parts';

/** Neighbours have different ones. */
const TINTS = ['bg-emerald-500/20', 'bg-sky-500/20', 'bg-amber-500/20', 'bg-slate-500/20'];

/** A text cut into its tokens; what is under the mouse, or was clicked, is told below, and `children` beside it. */
export function Tokens({ text, tokens, isCut, children }: { text: string; tokens: readonly Token[]; isCut: boolean; children?: ReactNode }) {
  const parts = useMemo(() => tokenParts(text, tokens), [text, tokens]);
  const [at, setAt] = useState<number | null>(null);
  const shown = at === null ? null : (parts[at] ?? null);
  const go = (step: 1 | -1) => {
    const next = nextToken(parts, at ?? (step === 1 ? -1 : parts.length), step);
    if (next !== null) setAt(next);
  };
  const reach = reachOf(text, tokens);
  return (
    <>
      {parts.map((part, index) => (
        <span
          key={index}
          className={part.tokens.length === 0 ? '' : `rounded-[3px] ${TINTS[index % TINTS.length] ?? ''} ${part.tokens[0]?.start === null ? 'mx-0.5 px-1 font-mono text-xs' : ''} ${index === at ? 'outline-2 outline-button' : ''}`}
          title={part.tokens.map(told).join('\n') || undefined}
          onMouseEnter={() => { setAt(index); }}
          onClick={() => { setAt(index); }}
        >
          {part.text}
        </span>
      ))}
      {reach < text.length && <span className="text-muted" title="Not among these tokens">{text.slice(reach)}</span>}
      <p dir="ltr" className="sticky -bottom-4 -mx-4 mt-3 -mb-4 flex items-center gap-2 border-t border-line bg-surface px-2 py-1 text-xs whitespace-normal text-muted">
        <IconButton label="The token before" onClick={() => { go(-1); }}><ChevronLeft /></IconButton>
        <IconButton label="The next token" onClick={() => { go(1); }}><ChevronRight /></IconButton>
        <span role="status" className="min-w-0 break-words">
          {shown && shown.tokens.length > 0 ? shown.tokens.map(told).join(' · ') : `${counted(tokens.length, 'token')}${isCut ? ', the first of more' : ''}. Point at one to see its number and place.`}
        </span>
        {children}
      </p>
    </>
  );
}

function told({ id, text, start, end }: Token): string {
  const place = start === null || end === null ? 'added' : `characters ${String(start)} to ${String(end)}`;
  return `${JSON.stringify(text)} is ${String(id)}, ${place}`;
}
