"""The mark of UTF-8 before a text, which belongs to no row; the readers of CSV and JSON take it off themselves."""

from collections.abc import Iterator
from itertools import chain
from typing import Any

import pyarrow as pa

MARK = "\ufeff"


def without_mark(tables: Iterator[Any]) -> Iterator[Any]:
    """The tables of one column of text, the first row of all without the mark."""
    first = next(tables, None)
    if first is None:
        return iter(())
    text = first.column(0)[0].as_py() if first.num_rows else None
    if text is None or not text.startswith(MARK):
        return chain([first], tables)
    bare = pa.table([pa.array([text.removeprefix(MARK)], first.schema[0].type)], schema=first.schema)
    return chain([pa.concat_tables([bare, first.slice(1)])], tables)
