"""What is searched for: the words of `words`, cut where a run of CJK characters begins or ends.

CJK is written without spaces, so a run of it is found by any part of it; every other word is found whole.
"""

import re
from dataclasses import dataclass

from domain.adapters.words import word_spans

# Han with its extensions, Hiragana, Katakana (also of half width), Bopomofo, Hangul, and the marks within them that
# are letters.
CJK = re.compile(
    "[\u1100-\u11ff\u3005-\u3007\u3021-\u3029\u3031-\u3035\u3038-\u303c\u3041-\u3096\u309d-\u309f\u30a1-\u30fa"
    "\u30fc-\u30ff\u3105-\u312f\u3131-\u318e\u31a0-\u31bf\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\ua960-\ua97c"
    "\uac00-\ud7a3\ud7b0-\ud7fb\uf900-\ufaff\uff66-\uffdc\U0001aff0-\U0001b16f\U00020000-\U0003ffff]+"
)


@dataclass(frozen=True, slots=True)
class Word:
    """A word as it is searched for: casefolded; `is_cjk`: found by any part of it."""

    text: str
    is_cjk: bool = False


@dataclass(frozen=True, slots=True)
class Found:
    """A word of a text: it is `text[start:end]`, in code points."""

    word: Word
    start: int
    end: int


def placed_words(text: str) -> list[tuple[str, int, int]]:
    """The words of `found_words` as (casefolded, start, end): of whole pages at once, for which it is made quick."""
    if CJK.search(text) is None:
        return [(text[start:end].casefold(), start, end) for start, end in word_spans(text)]
    return [(found.word.text, found.start, found.end) for found in found_words(text)]


def found_words(text: str) -> list[Found]:
    """Every word of a text, in order, as it is searched for."""
    return [
        Found(word, begin + start, begin + end)
        for begin, stop in word_spans(text)
        for word, start, end in cut_word(text[begin:stop])
    ]


def cut_word(run: str) -> list[tuple[Word, int, int]]:
    """A maximal run of letters and digits as (word, start, end)."""
    parts, at = [], 0
    for match in CJK.finditer(run):
        parts += [(Word(run[at : match.start()].casefold()), at, match.start())] if at < match.start() else []
        parts.append((Word(match.group().casefold(), is_cjk=True), match.start(), match.end()))
        at = match.end()
    return [*parts, (Word(run[at:].casefold()), at, len(run))] if at < len(run) else parts
