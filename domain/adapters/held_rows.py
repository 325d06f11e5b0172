"""Rows of one read model in memory, as an event's changes find them: by any column."""

from collections.abc import Mapping, Sequence
from typing import Any

Row = dict[str, Any]


class HeldRows:
    """Whole rows of one table. `key` is the column of its primary key; ids are texts, as events hold them. `gone` are
    the ids of rows that were removed."""

    def __init__(self, key: str) -> None:
        self.key = key
        self.rows: dict[str, Row] = {}
        self.gone: set[str] = set()
        self._indexes: dict[str, dict[str, list[Row]]] = {}

    def put(self, row: Row) -> None:
        """Hold a row."""
        self.rows[row[self.key]] = row
        self.gone.discard(row[self.key])
        for column, index in self._indexes.items():
            index.setdefault(row.get(column, ""), []).append(row)

    def change(self, column: str, value: str, values: Mapping[str, Any]) -> None:
        """Give the rows whose `column` has the value new values; where there are none, nothing happens."""
        for row in self.find(column, value):
            row.update(values)
        if not self._indexes.keys().isdisjoint(values):
            self._indexes.clear()

    def remove(self, column: str, value: str) -> None:
        """Hold the rows whose `column` has the value no more."""
        for row in list(self.find(column, value)):
            del self.rows[row[self.key]]
            self.gone.add(row[self.key])
            for name, index in self._indexes.items():
                index[row.get(name, "")].remove(row)

    def find(self, column: str, value: str) -> Sequence[Row]:
        """The rows held whose `column` has the value."""
        if column == self.key:
            return [self.rows[value]] if value in self.rows else []
        if column not in self._indexes:
            self._indexes[column] = {}
            for row in self.rows.values():
                self._indexes[column].setdefault(row.get(column, ""), []).append(row)
        return self._indexes[column].get(value, [])

    def clear(self) -> None:
        """Hold nothing."""
        self.rows.clear()
        self.gone.clear()
        self._indexes.clear()
