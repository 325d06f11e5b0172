import { Check, Copy } from 'lucide-react';
import { useRef, useState } from 'react';

import { say } from '../app/toasts';
import { IconButton } from './Button';
import { copy } from './copying';

const SAYS_MILLISECONDS = 1_500;

/** A line, or a block of code, to take away. */
export function CopyText({ text, isBlock = false }: { text: string; isBlock?: boolean }) {
  const [isDone, setIsDone] = useState(false);
  const place = useRef<HTMLElement>(null);
  const take = async () => {
    if (place.current === null) return;
    if (await copy(place.current)) {
      setIsDone(true);
      setTimeout(() => { setIsDone(false); }, SAYS_MILLISECONDS);
    } else {
      say('This browser does not let it be copied. It is selected: copy it with your keys.', { isWrong: true });
    }
  };
  return (
    <span className={`flex min-w-0 items-start gap-1 rounded-lg bg-raised pl-2.5 ${isBlock ? 'py-1' : ''}`}>
      <code ref={place} tabIndex={0} className={`min-w-0 grow self-center overflow-x-auto py-1 font-mono text-xs ${isBlock ? 'whitespace-pre' : 'whitespace-nowrap'}`}>{text}</code>
      <IconButton label={isDone ? 'Copied' : 'Copy'} onClick={() => void take()}>
        {isDone ? <Check /> : <Copy />}
      </IconButton>
    </span>
  );
}
