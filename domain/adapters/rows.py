"""Read model rows: how a change of one is told to an append."""

from datetime import UTC, datetime
from typing import Any

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
        "delete": change.delete,
        "values": values,
        "clock": [name for name in change.values if name not in values],
    }
