"""Tables as their features have them, every value checked; rows that are not can be left out."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from datasets.table import CastError, table_cast

from workers.damage import UNREADABLE, Skips, reason_of

# Where so many rows were looked at alone and not one was good, those that follow are not searched for any.
HOPELESS_ROWS = 1_000


@dataclass(slots=True)
class Check:
    """The rows of one file as they come; `rows` counts what has been seen. Features None: values are checked alone."""

    path: str
    features: Any
    skips: Skips | None
    rows: int = 0
    found: bool = False
    alone: int = 0

    def good(self, table: Any) -> list[Any]:
        """The table as its features have it; with skips, in parts without the rows that cannot be had so."""
        return list(self._good(table))

    def _good(self, table: Any) -> Iterator[Any]:
        try:
            made = table if self.features is None else table_cast(table, self.features.arrow_schema)
            made.validate(full=True)
        except CastError as error:  # over the names of its columns, which all its rows have
            reason = f"Its columns are not those of its config: {error.details()}"
            if self.skips is None:
                raise ValueError(reason) from error
            self._leave_out(table, self.skips, reason)
        except UNREADABLE as error:
            if self.skips is None:
                raise
            yield from self._without_bad(table, self.skips, reason_of(error))
        else:
            self.rows += table.num_rows
            self.found = self.found or table.num_rows > 0
            yield made

    def _without_bad(self, table: Any, skips: Skips, reason: str) -> Iterator[Any]:
        """Halves until what is bad stands alone."""
        is_hopeless = not self.found and self.alone >= HOPELESS_ROWS
        if table.num_rows > 1 and not is_hopeless:
            half = table.num_rows // 2
            yield from self._good(table.slice(0, half))
            yield from self._good(table.slice(half))
            return
        self.alone += 1
        self._leave_out(table, skips, reason)

    def _leave_out(self, table: Any, skips: Skips, reason: str) -> None:
        place = (
            f"row {self.rows:,}" if table.num_rows == 1 else f"rows {self.rows:,} to {self.rows + table.num_rows - 1:,}"
        )
        skips.add(self.path, place, reason, rows=table.num_rows)
        self.rows += table.num_rows
