"""Datasets that were READY before there were search indexes are indexed too: the index of each is asked for once."""

from uuid import uuid4, uuid5

from domain.adapters import Adapters
from domain.adapters.index_views import never_indexed_view
from domain.errors import Refused
from domain.handle import handle
from domain.index_commands import IndexDataset, IndexReason
from domain.indexing import NAMESPACE
from domain.log import Trace
from workers.tracing import DISPATCHER

# So many requests keep the dispatcher for about a second.
MOST_AT_ONCE = 100


def ask_for_first_indexes(adapters: Adapters, most: int = MOST_AT_ONCE) -> bool:
    """Ask for the index of each dataset whose index was never asked for, `most` at most; whether there may be more."""
    found = never_indexed_view(adapters.engine, most)
    for dataset_id in found:
        _ask(adapters, dataset_id)
    return len(found) == most


def _ask(adapters: Adapters, dataset_id: str) -> None:
    """The job's id comes from the dataset's, so two who ask at once ask for one."""
    job_id = str(uuid5(NAMESPACE, f"first-index:{dataset_id}"))
    command_id = str(uuid4())
    asked = IndexDataset(dataset_id=dataset_id, job_id=job_id, reason=IndexReason.READY)
    try:
        handle(adapters.log, asked, Trace(command_id, correlation_id=command_id, cause=DISPATCHER))
    except Refused:  # on its way out since it was read
        return
