"""A search as it was understood: alternatives, each of terms that must all hold."""

from collections.abc import Sequence
from dataclasses import dataclass

from domain.adapters.search_words import Word


@dataclass(frozen=True, slots=True)
class Term:
    """Words that follow each other in a text; one word is the usual case.

    `is_prefix`: the last word may be longer. `column` None: any text column. `is_negated`: rows that do not have it.
    Of several words the first may be the end of a CJK run of the text, and the last the beginning of one.
    """

    words: Sequence[Word]
    is_prefix: bool = False
    column: str | None = None
    is_negated: bool = False


@dataclass(frozen=True, slots=True)
class Query:
    """A row is found when all terms of one alternative hold; one without a positive term begins from all rows."""

    alternatives: Sequence[Sequence[Term]]
