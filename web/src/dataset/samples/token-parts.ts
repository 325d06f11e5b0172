import type { TokenPartsFragment } from '#graphql';

import { unitsOf } from '../../text/code-points';

export type Token = TokenPartsFragment;

/** A stretch of a text with the tokens that stand for it; none: no token does. */
export interface TokenPart {
  readonly text: string;
  readonly tokens: readonly Token[];
}

/** A text as its tokens cut it. Several may share one stretch; one that stands for nothing in it shows what it says. */
export function tokenParts(text: string, tokens: readonly Token[]): readonly TokenPart[] {
  const unit = unitsOf(text);
  const parts: { text: string; tokens: Token[] }[] = [];
  let done = 0;
  for (const token of tokens) {
    if (token.start === null || token.end === null) {
      parts.push({ text: token.text, tokens: [token] });
      continue;
    }
    const [start, end] = [Math.max(unit(token.start), done), unit(token.end)];
    const before = parts.at(-1);
    if (end <= start && before) {
      before.tokens.push(token);
      continue;
    }
    if (start > done) parts.push({ text: text.slice(done, start), tokens: [] });
    parts.push({ text: text.slice(start, end), tokens: [token] });
    done = end;
  }
  return parts;
}

/** How much of a text its tokens reach, in UTF-16 units. */
export function reachOf(text: string, tokens: readonly Token[]): number {
  return unitsOf(text)(Math.max(0, ...tokens.map(({ end }) => end ?? 0)));
}

/** The next part, in a direction, for which a token stands; null where there is none. */
export function nextToken(parts: readonly TokenPart[], from: number, step: 1 | -1): number | null {
  let at = from + step;
  while (parts[at]?.tokens.length === 0) at += step;
  return at in parts ? at : null;
}
