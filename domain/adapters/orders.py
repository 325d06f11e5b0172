"""The orders in which datasets are listed: each by a key that an index of the migrations holds, then by the id."""

from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Text, func, literal_column

from domain.adapters.paging import Order
from domain.adapters.tables import datasets, presets

# What stands for a number that is not known yet, so that it comes last in either direction.
BELOW_ALL = literal_column("-1", BigInteger)
ABOVE_ALL = literal_column("9223372036854775807", BigInteger)

# As the index of the migration has it: a cursor has no line in it, and an index no long text.
SOURCE = (
    "lower(left((datasets.source->>'kind') || ' ' || translate(coalesce(datasets.source->>'repository',"
    " datasets.source->>'fileName', datasets.source->>'path', ''), chr(10), ' '), 300))"
)

KEYS: dict[str, ColumnElement[Any]] = {
    "LAST_USED": datasets.c.last_used_at,
    "CREATED": datasets.c.created_at,
    "NAME": func.lower(datasets.c.name),
    "STATUS": datasets.c.status,
    "SOURCE": literal_column(SOURCE, Text),
}
NUMBERS = {"SIZE": datasets.c.size_bytes, "ROWS": datasets.c.row_count}


def dataset_order(field: str, *, descending: bool) -> Order:
    """The order by a field: one of KEYS or NUMBERS."""
    return Order(_key(field, descending=descending), datasets.c.id, descending)


def _key(field: str, *, descending: bool) -> ColumnElement[object]:
    if field in NUMBERS:
        return func.coalesce(NUMBERS[field], BELOW_ALL if descending else ABOVE_ALL)
    return KEYS[field]


LAST_USED_FIRST = dataset_order("LAST_USED", descending=True)
PRESETS_BY_NAME = Order(func.lower(presets.c.name), presets.c.id, descending=False)
