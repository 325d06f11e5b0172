"""Enums of the domain as those of the schema, with what each value means."""

from collections.abc import Mapping
from enum import Enum
from typing import Any, TypeVar, cast

import strawberry

E = TypeVar("E", bound=Enum)


def describe(
    kind: type[E], values: Mapping[str, str], *, name: str | None = None, description: str | None = None
) -> None:
    """Make the enum one of the schema, with a description of itself (None: its docstring) and of every value."""
    strawberry.enum(kind, name=name, description=description or kind.__doc__)
    for value in cast(Any, kind).__strawberry_definition__.values:  # noqa: TC006
        value.description = values[value.name]
