"""A search text piece by piece: each a term, an `or`, or something that could mean nothing."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from domain.adapters.search_terms import Term
from domain.adapters.search_words import Found, found_words

OR = "or"
# What reads as a column's name before a colon; `http://x` and `12:30` do not.
COLUMN_LIKE = re.compile(r'([^\W\d]\w*):(?=[\w"])')
PLAIN_NAME = re.compile(r'[^\s"-][^\s"]*')


@dataclass(frozen=True, slots=True)
class Piece:
    """What stands between two spaces of a search, or in quotes.

    `spelled`: the term as it is written plainly. `ignored`: the characters that were passed over. `is_open`: a quote
    was not closed. `unknown_column`: what stands where a column's name would.
    """

    term: Term | None = None
    spelled: str = ""
    ignored: str = ""
    is_or: bool = False
    is_open: bool = False
    unknown_column: str | None = None


def read_pieces(text: str, columns: Sequence[str]) -> list[Piece]:
    """The pieces of a search in a dataset with these text columns, in order."""
    return [_piece(match) for match in _pattern(columns).finditer(text)]


def _pattern(columns: Sequence[str]) -> re.Pattern[str]:
    """minus, column and colon, "phrase" and star, or a run without spaces and quotes."""
    names = [re.escape(name) for name in sorted(columns, key=len, reverse=True) if name and '"' not in name]
    known = "|".join(names) or "(?!)"
    return re.compile(
        rf'(?P<minus>-*)(?:(?:"(?P<quoted>{known})"|(?P<bare>{known})):(?=\S))?'
        r'(?:"(?P<phrase>[^"]*)(?P<close>"?)(?P<star>\**)|(?P<run>[^\s"]+))'
    )


def _piece(match: re.Match[str]) -> Piece:
    if match.group().casefold() == OR:
        return Piece(spelled=OR, is_or=True)
    is_phrase = match["phrase"] is not None
    text, is_open = (match["phrase"], not match["close"]) if is_phrase else (match["run"], False)
    found = found_words(text)
    if not found:
        return Piece(ignored=match.group(), is_open=is_open)
    before, within, after = _around(text, found)
    starred = after.startswith("*") or bool(match["star"])
    term = Term(
        words=tuple(each.word for each in found),
        is_prefix=starred and not found[-1].word.is_cjk,  # a CJK run is found by any part of it anyway
        column=match["quoted"] or match["bare"],
        is_negated=bool(match["minus"]),
    )
    unknown = None if is_phrase or term.column else COLUMN_LIKE.match(match.string, match.start("run"))
    ignored = "" if is_phrase else before + after.removeprefix("*")
    return Piece(
        term,
        _spelled(term, [text[each.start : each.end] for each in found]),
        ignored=match["minus"][1:] + ignored + "*" * within.count("*"),
        is_open=is_open,
        unknown_column=unknown[1] if unknown else None,
    )


def _around(text: str, found: Sequence[Found]) -> tuple[str, str, str]:
    """What stands before the words of a text, from the first to the last of them, and behind."""
    start, end = found[0].start, found[-1].end
    return text[:start], text[start:end], text[end:]


def _spelled(term: Term, raw: Sequence[str]) -> str:
    """A term as a text that is read as this term; `raw`: its words as they were written."""
    text = " ".join(map(_folded, raw))
    quoted = f'"{text}"' if len(raw) > 1 or text == OR else text
    return f"{'-' if term.is_negated else ''}{_column_before(term.column)}{quoted}{'*' if term.is_prefix else ''}"


def _folded(raw: str) -> str:
    """A word in small letters where that is the same word: some letters are casefolded to a letter and a mark."""
    folded = raw.casefold()
    is_same = [each.word for each in found_words(folded)] == [each.word for each in found_words(raw)]
    return folded if is_same else raw


def _column_before(name: str | None) -> str:
    if name is None:
        return ""
    return f"{name}:" if PLAIN_NAME.fullmatch(name) else f'"{name}":'
