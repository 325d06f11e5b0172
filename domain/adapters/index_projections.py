"""What events of the search index make of the row of its dataset."""

from collections.abc import Mapping
from typing import Any

from domain import events as past
from domain.index_commands import NOT_SEARCHED_ON
from domain.index_events import IndexCompleted, IndexRequested
from domain.jobs import JobKind

# Cancelled with the request, not with its end: another may have been asked for by then.
FOLLOWED: Mapping[type[past.Event], str] = {
    past.JobFailed: "FAILED",
    past.JobCancelRequested: "CANCELLED",
    past.JobRetryRequested: "BUILDING",
}
NOTHING_SEARCHED = {"index_folder": None, "index_bytes": None, "index_rows": None}
# Of data that is new; what was built of other data before is not of its rows.
NO_INDEX = {"index_status": None, **NOTHING_SEARCHED}


def index_values(event: past.Event) -> dict[str, Any]:
    """`index_job_id` is the job that was last asked to build the index, and `index_status` where it stands: BUILDING,
    READY, FAILED or CANCELLED; `index_folder` with its bytes and the rows that it can find is what is searched. It may
    bring the figures of a text column that had none."""
    if isinstance(event, IndexCompleted):
        values = {"index_folder": event.folder, "index_bytes": event.size_bytes, "index_rows": event.indexed_rows}
        counted = {} if event.statistics is None else {"statistics": event.statistics}
        return {"index_status": "READY", **values, **counted}
    if isinstance(event, IndexRequested):
        before = NOTHING_SEARCHED if event.reason in NOT_SEARCHED_ON else {}
        return {"index_status": "BUILDING", "index_job_id": event.job_id, **before}
    if getattr(event, "kind", None) == JobKind.INDEX and type(event) in FOLLOWED:
        return {"index_status": FOLLOWED[type(event)]}
    return {}
