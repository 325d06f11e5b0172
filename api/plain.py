"""Inputs as plain values."""

from dataclasses import fields, is_dataclass
from datetime import datetime
from enum import Enum
from typing import Any, TypeVar

from strawberry import UNSET

from api.checks import given
from domain.adapters.uploads import UploadedFile

V = TypeVar("V")


def plain(value: Any, *, nulls: bool = False) -> Any:
    """An input as JSON with the schema's names, without what was left out; `nulls`: with what was given as null."""
    if isinstance(value, UploadedFile):
        return value.told()
    if is_dataclass(value):
        named = ((camel(field.name), getattr(value, field.name)) for field in fields(value))
        return {name: plain(item, nulls=nulls) for name, item in named if given(item) or (nulls and item is not UNSET)}
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, list):
        return [plain(item, nulls=nulls) for item in value]
    return value.value if isinstance(value, Enum) else value


def camel(name: str) -> str:
    """A name of Python as the schema has it."""
    first, *rest = name.split("_")
    return first + "".join(part.capitalize() for part in rest)


def given_or(value: V | None, default: V) -> V:
    """The input, or what stands for one that was left out or null."""
    return default if value is UNSET or value is None else value
