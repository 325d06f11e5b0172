"""Where terms stand in a text as they are written, without looking at all of its words: most of what a page costs.

Only for texts whose characters fold one by one, so that a place in the folded text is that in the text itself.
"""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

from domain.adapters.search_terms import Term
from domain.adapters.search_words import CJK

# No part of a word, but a letter once it is folded. No other character is one of both.
IOTA_BELOW = "\u0345"
# Of more words it is quicker to look at each word of the text once.
MOST_WORDS = 16
PATTERNS_KEPT = 256


def is_short(terms: Sequence[Term]) -> bool:
    """Whether the terms have few words."""
    return sum(len(term.words) for term in terms) <= MOST_WORDS


def folded_alike(text: str) -> str | None:
    """The text casefolded, where every character stays in its place; None for others, and for those with CJK."""
    if text.isascii():
        return text.lower()
    folded = text.casefold()
    return folded if len(folded) == len(text) and IOTA_BELOW not in text and CJK.search(text) is None else None


def written_ranges(folded: str, terms: Sequence[Term]) -> list[tuple[int, int]]:
    """Every range that a term matches in a text that `folded_alike` made."""
    found: list[tuple[int, int]] = []
    for term in terms:
        if not any(word.is_cjk for word in term.words):
            found += _places(_pattern(term), folded)
    return found


def _places(pattern: re.Pattern[str], folded: str) -> Iterator[tuple[int, int]]:
    """Also those that begin within another."""
    match = pattern.search(folded)
    while match:
        yield match.span()
        match = pattern.search(folded, match.start() + 1)


@lru_cache(PATTERNS_KEPT)
def _pattern(term: Term) -> re.Pattern[str]:
    """The words of a term with signs between them, and the whole of a word that a prefix begins.

    It begins with letters, for which Python searches quickly, and only then looks behind them. Nothing that was taken
    is given back, so a long text without the term costs no more than its length.
    """
    first, *others = (re.escape(word.text) for word in term.words)
    words = r"[\W_]++".join([rf"{first}(?<![^\W_]{first})", *others])
    return re.compile(words + (r"[^\W_]*+" if term.is_prefix else r"(?![^\W_])"))
