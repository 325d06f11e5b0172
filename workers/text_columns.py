"""Which column of a dataset is its text."""

from collections.abc import Iterable
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from domain.errors import ErrorCode, WorldFailure

PREFERRED = ("text", "content", "document")


def is_text(kind: Any) -> bool:
    """Is this pyarrow type a string?"""
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind))


def asked_column(schema: Any, name: str) -> str:
    """The column that was asked for; COLUMN_NOT_FOUND or COLUMN_NOT_TEXT when it cannot be the text."""
    if name not in schema.names:
        message = f"There is no column {name}: choose one of {', '.join(schema.names)}."
        raise WorldFailure(ErrorCode.COLUMN_NOT_FOUND, message)
    if not is_text(schema.field(name).type):
        strings = ", ".join(text_columns(schema)) or "none is"
        message = f"The column {name} is {schema.field(name).type}, not text: choose a string column ({strings})."
        raise WorldFailure(ErrorCode.COLUMN_NOT_TEXT, message)
    return name


def text_columns(schema: Any) -> list[str]:
    """Names of the string columns, in order."""
    return [field.name for field in schema if is_text(field.type)]


def likely_column(schema: Any, tables: Iterable[Any]) -> str | None:
    """`text`, `content` or `document`, else the string column with the most bytes in `tables`; None without any."""
    columns = text_columns(schema)
    preferred = next((name for name in PREFERRED if name in columns), None)
    if preferred is not None or len(columns) < 2:  # noqa: PLR2004  nothing to compare
        return preferred or next(iter(columns), None)
    sizes = dict.fromkeys(columns, 0)
    for table in tables:
        for name in columns:
            text = table[name].cast(pa.large_string())
            sizes[name] += pc.sum(pc.binary_length(text)).as_py() or 0
    return max(columns, key=lambda name: sizes[name])
