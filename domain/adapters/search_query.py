"""What a text searches for: words, "phrases", -not, or, prefix*, column:word.

Every text has a reading; where it was read otherwise than it may have been meant, a notice says so.
"""

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from domain.adapters.samples_wanted import Notice, NoticeCode
from domain.adapters.search_pieces import Piece, read_pieces
from domain.adapters.search_terms import Query, Term
from domain.errors import ErrorCode, Refused

MOST_CHARACTERS = 10_000
MOST_TERMS = 256
TOLD_CHARACTERS = 20
TOLD_COLUMNS = 20


@dataclass(frozen=True, slots=True)
class Understood:
    """A text as it was read. `query` None: it has no words, so every row is found.

    `searched_as` is the query as a text, "" for None: read again, it is the same query, and nothing is to be noticed.
    """

    query: Query | None
    searched_as: str
    notices: tuple[Notice, ...]


def parse(text: str, columns: Sequence[str]) -> Understood:
    """The search that a text asks for, in a dataset with these text columns. INVALID_INPUT past the limits."""
    if len(text) > MOST_CHARACTERS:
        raise _refused(f"A search has at most {MOST_CHARACTERS:,} characters; this one has {len(text):,}.")
    pieces = read_pieces(text, columns)
    groups = _groups(pieces)
    alternatives = {tuple(group): " ".join(group.values()) for group in groups if group}
    if (count := sum(map(len, alternatives))) > MOST_TERMS:
        raise _refused(f"A search has at most {MOST_TERMS} terms; this one has {count:,}. A phrase is one term.")
    query = Query(tuple(alternatives)) if alternatives else None
    has_stray_or = len(groups) > 1 and not all(groups)
    notices = [*_lenient(pieces, has_stray_or), *_unknown_columns(pieces, columns), *_no_words(query)]
    return Understood(query, " or ".join(alternatives.values()), tuple(notices))


def _refused(message: str) -> Refused:
    return Refused(ErrorCode.INVALID_INPUT, message, "search")


def _groups(pieces: Sequence[Piece]) -> list[dict[Term, str]]:
    """The terms between one `or` and the next, each once, with how it is spelled."""
    groups: list[dict[Term, str]] = [{}]
    for piece in pieces:
        if piece.is_or:
            groups.append({})
        elif piece.term:
            groups[-1].setdefault(piece.term, piece.spelled)
    return groups


def _lenient(pieces: Sequence[Piece], has_stray_or: bool) -> Iterator[Notice]:
    ignored = dict.fromkeys(c for piece in pieces for c in piece.ignored if not _belongs_to_letters(c))
    if ignored:
        told = " ".join(list(ignored)[:TOLD_CHARACTERS])
        yield Notice(NoticeCode.LENIENT, f"These characters mean nothing where they stand: {told}")
    if any(piece.is_open for piece in pieces):
        yield Notice(NoticeCode.LENIENT, "A quote is not closed: its phrase was read to the end of the search.")
    if has_stray_or:
        message = "`or` stands between two things to search for: one that does not was passed over."
        yield Notice(NoticeCode.LENIENT, message)


def _belongs_to_letters(character: str) -> bool:
    """Whether it is a mark on a letter, or a space: nobody means it as a sign of the grammar."""
    return unicodedata.category(character)[0] in "MZ" or character.isspace()


def _unknown_columns(pieces: Sequence[Piece], columns: Sequence[str]) -> Iterator[Notice]:
    known = ", ".join(columns[:TOLD_COLUMNS]) or "none"
    for name in dict.fromkeys(piece.unknown_column for piece in pieces if piece.unknown_column):
        message = f"There is no text column {name!r}, so it was searched for as a word. Text columns: {known}."
        yield Notice(NoticeCode.UNKNOWN_COLUMN, message)


def _no_words(query: Query | None) -> Iterator[Notice]:
    if query is None:
        yield Notice(NoticeCode.NO_WORDS, "There are no words to search for: every row is found.")
