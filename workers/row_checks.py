"""Tables as their features have them, every value checked; rows that are not can be left out."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from datasets.table import table_cast

from workers.damage import UNREADABLE, Skips, reason_of

# A failing table of so many rows without one good one: those that follow are not searched for any.
HOPELESS_ROWS = 100


@dataclass(slots=True)
class Check:
    """The rows of one file as they come; `rows` counts what has been seen. Features None: values are checked alone."""

    path: str
    features: Any
    skips: Skips | None
    rows: int = 0
    hopeless: bool = False

    def good(self, table: Any) -> list[Any]:
        """The table as its features have it; with skips, in parts without the rows that cannot be had so."""
        parts = list(self._good(table))
        self.hopeless = self.hopeless or (not parts and table.num_rows >= HOPELESS_ROWS)
        return parts

    def _good(self, table: Any) -> Iterator[Any]:
        try:
            made = table if self.features is None else table_cast(table, self.features.arrow_schema)
            made.validate(full=True)
        except UNREADABLE as error:
            if self.skips is None:
                raise
            yield from self._without_bad(table, self.skips, reason_of(error))
        else:
            self.rows += table.num_rows
            yield made

    def _without_bad(self, table: Any, skips: Skips, reason: str) -> Iterator[Any]:
        """Halves until what is bad stands alone."""
        if table.num_rows > 1 and not self.hopeless:
            half = table.num_rows // 2
            yield from self._good(table.slice(0, half))
            yield from self._good(table.slice(half))
            return
        place = (
            f"row {self.rows:,}" if table.num_rows == 1 else f"rows {self.rows:,} to {self.rows + table.num_rows - 1:,}"
        )
        skips.add(self.path, place, reason, rows=table.num_rows)
        self.rows += table.num_rows
