"""Fields with a resolver and a description, in types that a checker sees through."""

from collections.abc import Callable
from typing import Any, TypeVar, cast

import strawberry

F = TypeVar("F", bound=Callable[..., Any])


def resolved(description: str) -> Callable[[F], F]:
    """A field whose value the decorated method gives."""
    return cast("Callable[[F], F]", strawberry.field(description=description))


def mutation(description: str) -> Callable[[F], F]:
    """A mutation that the decorated method carries out."""
    return cast("Callable[[F], F]", strawberry.mutation(description=description))


def subscription(description: str) -> Callable[[F], F]:
    """A subscription; the decorated coroutine refuses at once, or gives the stream of its values."""
    return cast("Callable[[F], F]", strawberry.subscription(description=description))
