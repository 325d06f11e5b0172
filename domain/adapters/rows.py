"""Read model rows: what a change of some is, and how it is told to an append."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

# Stands for the time of the append that is under way, and for a position in it: both are known inside it only.
PENDING_TIME = datetime.max.replace(tzinfo=UTC)
PENDING_POSITION = 0


@dataclass(frozen=True, slots=True)
class Change:
    """New values for the rows of `table` whose `key` column has the value `id`; `insert`: a row begins here; `delete`:
    they end here."""

    table: str
    key: str
    id: str
    values: Mapping[str, Any]
    insert: bool = False
    delete: bool = False


def pending(change: Change) -> dict[str, Any]:
    """The change as `append_events` takes it: `clock` names the columns that get the time of the append."""
    values = {name: value for name, value in change.values.items() if value is not PENDING_TIME}
    return {
        "table": change.table,
        "key": change.key,
        "id": change.id,
        "insert": change.insert,
        "delete": change.delete,
        "values": values,
        "clock": [name for name in change.values if name not in values],
    }
