"""Cells of a dataset as JSON values."""

import math
from base64 import b64encode
from collections.abc import Callable, Mapping
from datetime import date, time, timedelta
from functools import partial
from typing import Any

from domain.adapters.media_types import media_type

OfBytes = Callable[[bytes], Any]


def described(data: bytes) -> dict[str, Any]:
    """How many bytes there are, and of which type."""
    return {"bytes": len(data), "type": media_type(data)}


def encoded(data: bytes) -> dict[str, Any]:
    """All of the bytes, and of which type they are."""
    return {"base64": b64encode(data).decode(), "type": media_type(data)}


def plain(value: Any, of_bytes: OfBytes = described) -> Any:
    """A cell as JSON: bytes as `of_bytes` tells them, times as ISO text, NaN and infinities as text."""
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, bytes):
        return of_bytes(value)
    if isinstance(value, dict):
        return {str(key): plain(inner, of_bytes) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return list(map(partial(plain, of_bytes=of_bytes), value))
    make = next((make for kinds, make in PLAIN.items() if isinstance(value, kinds)), str)
    return make(value)


# By what pyarrow makes of a cell; whatever else there is becomes its text.
PLAIN: Mapping[type | tuple[type, ...], Callable[[Any], Any]] = {
    float: lambda value: value if math.isfinite(value) else str(value),
    (date, time): lambda value: value.isoformat(),
    timedelta: lambda value: value.total_seconds(),
}


def cut(text: str, limit: int) -> tuple[str, bool]:
    """At most `limit` code points of a text, and whether some were cut off."""
    return text[:limit], len(text) > limit


def cut_all(value: Any, limit: int) -> tuple[Any, bool]:
    """A JSON value with every text in it cut, and whether one was."""
    if isinstance(value, str):
        return cut(value, limit)
    if isinstance(value, dict):
        cuts = {key: cut_all(inner, limit) for key, inner in value.items()}
        return {key: inner for key, (inner, _) in cuts.items()}, any(was for _, was in cuts.values())
    if isinstance(value, list):
        parts = [cut_all(inner, limit) for inner in value]
        return [inner for inner, _ in parts], any(was for _, was in parts)
    return value, False
