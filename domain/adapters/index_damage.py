"""That an index was found damaged while it was searched: it is built again, once, whoever finds out."""

from uuid import NAMESPACE_OID, uuid4, uuid5

from domain.adapters import Adapters
from domain.errors import Refused
from domain.handle import handle
from domain.index_commands import IndexDataset, IndexReason
from domain.log import Trace

# What history names as the one who found out.
SEARCH = "search"


def report_damaged_index(adapters: Adapters, dataset_id: str, folder: str, cause: str = SEARCH) -> None:
    """Have the index in `folder` (as the dataset's `index_folder` names it) searched no more, and built again.

    Nothing happens where that is not the index that is searched now, or the dataset is on its way out.
    """
    report = IndexDataset(
        dataset_id=dataset_id,
        job_id=str(uuid5(NAMESPACE_OID, folder)),
        reason=IndexReason.DAMAGED,
        damaged_folder=folder,
    )
    try:
        handle(adapters.log, report, Trace(str(uuid4()), str(uuid4()), cause=cause))
    except Refused:
        return
