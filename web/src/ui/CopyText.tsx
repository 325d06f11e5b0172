import { Check, Copy } from 'lucide-react';
import { useState } from 'react';

import { IconButton } from './Button';

const SAYS_MILLISECONDS = 1_500;

/** A line, or a block of code, to take away. */
export function CopyText({ text, isBlock = false }: { text: string; isBlock?: boolean }) {
  const [isDone, setIsDone] = useState(false);
  const copy = () => {
    void navigator.clipboard.writeText(text).then(() => {
      setIsDone(true);
      setTimeout(() => { setIsDone(false); }, SAYS_MILLISECONDS);
    });
  };
  return (
    <span className={`flex min-w-0 items-start gap-1 rounded-lg bg-raised pl-2.5 ${isBlock ? 'py-1' : ''}`}>
      <code tabIndex={0} className={`min-w-0 grow self-center overflow-x-auto py-1 font-mono text-xs ${isBlock ? 'whitespace-pre' : 'whitespace-nowrap'}`}>{text}</code>
      <IconButton label={isDone ? 'Copied' : 'Copy'} onClick={copy}>
        {isDone ? <Check /> : <Copy />}
      </IconButton>
    </span>
  );
}
