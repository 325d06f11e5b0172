"""Which samples: what `samples` is given, and what the search is asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import strawberry
from strawberry import ID, UNSET
from strawberry.scalars import JSON

from api.plain import plain
from api.sample_enums import SampleOrder
from domain.adapters.samples_wanted import Predicate, SamplesWanted
from domain.adapters.search_terms import Query
from domain.adapters.wanted import Between
from domain.errors import ErrorCode, Refused

MOST_PREDICATES = 100


@strawberry.input(description="Numbers between two bounds, which belong to them. A bound that is left out is none.")
class IntRange:
    min: int | None = strawberry.field(default=UNSET, description="The least.")
    max: int | None = strawberry.field(default=UNSET, description="The largest.")


@strawberry.input(
    description="What must hold for a column of plain values: texts, numbers, booleans, times. Of several conditions, "
    "all. Times are given as ISO text, decimals as numbers or text. Null and NaN meet no condition but `isNull`."
)
class ColumnPredicate:
    column: str = strawberry.field(description="The column.")
    equals: JSON | None = strawberry.field(default=UNSET, description="It is this.")
    in_: list[JSON] | None = strawberry.field(name="in", default=UNSET, description="It is one of these.")
    contains: str | None = strawberry.field(
        default=UNSET, description="Its text has this as a part, letter for letter; also within a word."
    )
    is_null: bool | None = strawberry.field(default=UNSET, description="It is null, or with `false` it is not.")
    min: JSON | None = strawberry.field(default=UNSET, description="It is this or more, or later.")
    max: JSON | None = strawberry.field(default=UNSET, description="It is this or less, or earlier.")


@strawberry.input(description="Which rows: those for which all holds. What is left out does not matter.")
class SampleFilter:
    split: str | None = strawberry.field(default=UNSET, description="Those of this split.")
    search: str | None = strawberry.field(
        default=UNSET,
        description='Those whose texts have these words, in any column: words, "phrases", -not, or, prefix*, '
        "column:word. Case does not matter. Every text has a reading; `searchedAs` tells it.",
    )
    word_count: IntRange | None = strawberry.field(default=UNSET, description="Those with so many words in their text.")
    token_count: IntRange | None = strawberry.field(
        default=UNSET, description="Those with so many tokens in the output of `tokenizationId`."
    )
    tokenization_id: ID | None = strawberry.field(
        default=UNSET, description="A ready tokenization of the dataset, by which tokens are counted."
    )
    where: list[ColumnPredicate] | None = strawberry.field(
        default=UNSET, description="Those for whose columns all of this holds."
    )


Filter = Annotated[SampleFilter | None, strawberry.argument(description="Which rows; all when left out.")]
OrderBy = Annotated[
    SampleOrder | None, strawberry.argument(description="In which order; as their source has them when left out.")
]


def told_filter(filter_: SampleFilter | None) -> dict[str, Any]:
    """The filter as JSON with the schema's names, without what was left out or is null."""
    told: dict[str, Any] = plain(filter_) if filter_ else {}
    return {name: value for name, value in told.items() if value not in ({}, [])}


def wanted_samples(told: Mapping[str, Any], query: Query | None) -> SamplesWanted:
    """What a filter lets through, with its search as it was understood. INVALID_INPUT."""
    where = told.get("where", [])
    if len(where) > MOST_PREDICATES:
        raise _refused(f"Give at most {MOST_PREDICATES} predicates; these are {len(where)}.", "where")
    if "tokenCount" in told and "tokenizationId" not in told:
        raise _refused("Name the tokenization by which tokens are counted.", "tokenizationId")
    return SamplesWanted(
        told.get("split"),
        query,
        _between(told, "wordCount"),
        _between(told, "tokenCount"),
        tuple(map(_predicate, where)),
    )


def is_unconditional(told: Mapping[str, Any]) -> bool:
    """Whether a filter leaves no row out, but for those of other splits."""
    return not told.keys() - {"split", "tokenizationId"}


def _between(told: Mapping[str, Any], name: str) -> Between[int]:
    bounds = told.get(name, {})
    return Between[int](bounds.get("min"), bounds.get("max"))


def _predicate(told: Mapping[str, Any]) -> Predicate:
    one_of: Sequence[Any] | None = told.get("in")
    return Predicate(
        column=told["column"],
        equals=told.get("equals"),
        one_of=one_of,
        contains=told.get("contains"),
        is_null=told.get("isNull"),
        least=told.get("min"),
        most=told.get("max"),
    )


def _refused(message: str, *path: str) -> Refused:
    return Refused(ErrorCode.INVALID_INPUT, message, *path)
