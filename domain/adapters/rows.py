"""Read model rows: how a change of one is told to an append, and how it is carried out afterwards, for a replay."""

from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from psycopg import Connection
from psycopg.rows import TupleRow

from domain.adapters import tables
from domain.adapters.jsonb import clean, dumps
from domain.adapters.projections import Change

# Stands for the time of the append that is under way, and for a position in it: both are known inside it only.
PENDING_TIME = datetime.max.replace(tzinfo=UTC)
PENDING_POSITION = 0


def pending(change: Change) -> dict[str, Any]:
    """The change as `append_events` takes it: `clock` names the columns that get the time of the append."""
    values = {name: value for name, value in change.values.items() if value is not PENDING_TIME}
    return {
        "table": change.table,
        "key": change.key,
        "id": change.id,
        "insert": change.insert,
        "values": values,
        "clock": [name for name in change.values if name not in values],
    }


def apply(connection: Connection[TupleRow], change: Change) -> None:
    """Carry out one change of a read model's row."""
    names = tuple(change.values)
    values = [_adapted(change.table, name, change.values[name]) for name in names]
    if change.insert:
        connection.execute(_insert_row(change.table, names), values)
    else:
        connection.execute(_update_row(change.table, change.key, names), [*values, change.id])


def _adapted(table: str, column: str, value: Any) -> Any:
    if value is not None and column in _json_columns(table):
        return dumps(value)
    return clean(value)


@lru_cache
def _json_columns(table: str) -> frozenset[str]:
    return frozenset(column.name for column in tables.metadata.tables[table].columns if str(column.type) == "JSONB")


@lru_cache
def _insert_row(table: str, names: tuple[str, ...]) -> str:
    columns = ", ".join(f'"{name}"' for name in names)
    marks = ", ".join(["%s"] * len(names))
    return f"INSERT INTO {table} ({columns}) VALUES ({marks})"  # noqa: S608  names of our own tables


@lru_cache
def _update_row(table: str, key: str, names: tuple[str, ...]) -> str:
    values = ", ".join(f'"{name}" = %s' for name in names)
    return f'UPDATE {table} SET {values} WHERE "{key}" = %s'  # noqa: S608  names of our own tables
