"""Leaves that are attributes are told the short way, and as graphql-core tells them: values, nulls and errors alike."""

import asyncio
from enum import Enum
from types import SimpleNamespace
from typing import Any

import pytest
import strawberry
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext as Plain

from api.executor import Executor


@strawberry.enum
class Colour(Enum):
    RED = "red"


@strawberry.type
class Thing:
    text: str
    number: int
    share: float
    colour: Colour
    many: list[int]
    perhaps: int | None = None
    inner: "Thing | None" = None

    @strawberry.field
    def double(self) -> int:
        return 2 * self.number

    @strawberry.field
    def times(self, factor: int) -> int:
        return factor * self.number


@strawberry.type
class Query:
    thing: Thing | None
    things: list[Thing | None]


class LongWays(Executor):
    """Counts the fields that took the long way."""

    taken = 0

    def build_resolve_info(self, *given: Any) -> Any:
        LongWays.taken += 1
        return super().build_resolve_info(*given)


THING = Thing(text="é\0", number=7, share=0.5, colour=Colour.RED, many=[1, 2])


def execute(text, thing, by=Executor):
    schema = strawberry.Schema(Query, execution_context_class=by)
    answer = asyncio.run(schema.execute(text, root_value=SimpleNamespace(thing=thing, things=[THING, thing])))
    return answer.data, [(error.message, error.path, error.locations) for error in answer.errors or ()]


def changed(**values):
    return Thing(**{**vars(THING), **values})


async def later():
    return 9


LEAVES = "{ thing { __typename text other: number share colour perhaps } }"


@pytest.mark.parametrize(
    "text",
    [
        LEAVES,
        "{ thing { number ...A inner { text } many double times(factor: 3) } } fragment A on Thing { number }",
        "{ thing { text @skip(if: true) share @include(if: true) } }",
        "{ things { other: number text ...A } } fragment A on Thing { share }",
        "{ things { number inner { number } } }",
        "{ things { __typename number } }",
        "{ things { number perhaps } }",
    ],
)
@pytest.mark.parametrize(
    "values",
    [
        {},
        {"perhaps": 3, "inner": THING},
        {"number": None},
        {"number": 2**40, "inner": THING},
        {"number": "seven"},
        {"text": {"no": "text"}},
        {"share": float("nan")},
        {"colour": "no colour"},
        {"perhaps": ValueError("told as an error")},
        {"inner": changed(text=None)},
        {"inner": SimpleNamespace()},
        None,
    ],
)
def test_every_answer_is_as_without_the_short_way(text, values):
    thing = None if values is None else changed(**values)
    assert execute(text, thing) == execute(text, thing, by=Plain)


def test_an_attribute_that_is_awaited_is_told_once_it_is_there():
    assert execute("{ thing { perhaps } }", changed(perhaps=later())) == ({"thing": {"perhaps": 9}}, [])
    awaited = {"things": [{"perhaps": None}, {"perhaps": 9}]}
    assert execute("{ things { perhaps } }", changed(perhaps=later())) == (awaited, [])


def test_only_leaves_that_are_attributes_take_the_short_way():
    """Nulls do, where they may be."""
    for text, fields in (
        ("{ thing { text other: number share colour } }", 1),
        ("{ things { text other: number share colour } }", 1),
        ("{ things { text inner { text } } }", 3),
        ("{ thing { double times(factor: 2) many perhaps } }", 4),
    ):
        LongWays.taken = 0
        assert execute(text, THING, by=LongWays)[1] == []
        assert LongWays.taken == fields
