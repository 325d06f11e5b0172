"""Where texts of samples have what was searched for: those of a page are found together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

import strawberry

from api.context import Context
from api.user_input import bad_input_of
from domain.adapters.highlights import highlights
from domain.adapters.search_query import parse
from domain.adapters.search_terms import Query
from domain.errors import Refused

SearchFor = Annotated[
    str | None,
    strawberry.argument(description="What to look for; what the filter of the list searches for when left out."),
]


@strawberry.type(description="A part of a text that was searched for.")
class Highlight:
    start: int = strawberry.field(description="Its first character in `text`, in Unicode code points.")
    end: int = strawberry.field(description="The character behind its last one.")


@dataclass(frozen=True, slots=True)
class Marking:
    """How a dataset's texts are searched: its text columns, the one that is shown as `text`, and its language."""

    columns: Sequence[str]
    text_column: str | None
    language: str | None


@dataclass(frozen=True, slots=True)
class Marked:
    """A text in which to look for a query, or for what a search means."""

    text: str
    marking: Marking
    search: str | Query | None


async def mark_all(context: Context, wanted: list[Marked]) -> list[list[Highlight] | BaseException]:
    """The highlights of each; an error where its search cannot be read."""
    return await context.threads.run(_mark_all, wanted)


def _mark_all(wanted: Sequence[Marked]) -> list[list[Highlight] | BaseException]:
    return list(map(_mark, wanted))


def _mark(wanted: Marked) -> list[Highlight] | BaseException:
    query, marking = wanted.search, wanted.marking
    try:
        if isinstance(query, str):
            query = parse(query, marking.columns).query
    except Refused as refused:
        return bad_input_of(refused)
    return mark(wanted.text, marking, query)


def mark(text: str, marking: Marking, query: Query | None) -> list[Highlight]:
    """What a query finds in a text; None finds nothing."""
    if query is None:
        return []
    found = highlights(text, query, marking.text_column, marking.language)
    return [Highlight(start=start, end=end) for start, end in found]
