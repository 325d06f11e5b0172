import type { Padding, SequenceMode, Tail, TokenizationLineFragment } from '#graphql';

import { count } from '../../text/format';

export const MODES: Record<SequenceMode, string> = { TRUNCATE: 'cut', WINDOW: 'windows', PACK: 'packed' };
export const PADDINGS: Record<Padding, string> = { NONE: '', LONGEST: 'padded to the longest', MAX_LENGTH: 'padded' };
export const TAILS: Record<Tail, string> = { KEEP: '', PAD: 'end padded', DROP: 'end dropped' };

/** "cut at 512 tokens, padded" */
export function recipeLine({ mode, maxLength, stride, padding, tail }: TokenizationLineFragment['recipe']): string {
  const length = maxLength === null ? MODES[mode] : `${MODES[mode]} ${mode === 'TRUNCATE' ? 'at' : 'of'} ${count(maxLength)} tokens`;
  const overlap = stride ? `${count(stride)} shared` : '';
  return [length, overlap, PADDINGS[padding], tail === null ? '' : TAILS[tail]].filter(Boolean).join(', ');
}
