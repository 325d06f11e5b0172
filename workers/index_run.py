"""How the search index of a dataset is built: one piece a part of its rows."""

from collections.abc import Mapping, Sequence
from typing import Any

from domain.adapters.peaks import indexing_bytes
from domain.adapters.pieces import NewPiece
from domain.adapters.reservations import Need
from domain.index_commands import CompleteIndex
from workers.runs import Call, Ledger, Run, Task, finished, work_pieces


def _folder(task: Task) -> str:
    assert task.state.folder is not None, "only a READY dataset is indexed"
    return str(task.storage / task.state.folder)


def _columns(task: Task) -> list[str]:
    return [name for name, is_text in task.state.columns.items() if is_text]


def _searched(task: Task) -> dict[str, Any]:
    """What the parts of one index have in common; a change of it is another job's."""
    return {
        "columns": _columns(task),
        "text_column": task.state.text_column,
        "language": task.state.description.language,
    }


def plan(task: Task) -> Call:
    """Cut the rows."""
    arguments = {
        "folder": _folder(task),
        "columns": _columns(task),
        "part_bytes": task.settings.index_part_bytes,
    }
    return Call("plan_index", arguments)


def needs(task: Task, found: Mapping[str, Any] | None) -> Need | None:
    """Known once all text is measured."""
    if found is None:
        return None
    peak = indexing_bytes(found["textBytes"], is_counted=not task.state.has_figures)
    return Need(peak, "The search index", "delete what you need no more")


def pieces(_task: Task, found: Mapping[str, Any]) -> Sequence[NewPiece]:
    """The parts in row order, their rows as the amounts."""
    return work_pieces(found["pieces"], [piece["stop"] - piece["start"] for piece in found["pieces"]])


def work(task: Task, _plan: Mapping[str, Any]) -> Call:
    """Index one part, as a folder."""
    arguments = {
        **task.lease.spec,
        **_searched(task),
        "folder": _folder(task),
        "memory": task.settings.index_memory,
        "is_counted": not task.state.has_figures,
        "target": task.target("part.index"),
    }
    return Call("index_part", arguments)


def complete(task: Task, ledger: Ledger) -> Call:
    """Put the parts together."""
    parts = finished(task, ledger)
    arguments = {
        **_searched(task),
        "final": str(task.final("index")),
        "pieces": parts,
        "rows": sum(part["rows"] for part in parts),
        "counted": None if task.state.has_figures else list(task.state.splits),
    }
    return Call("complete_index", arguments)


def completed(task: Task, ledger: Ledger, result: Mapping[str, Any]) -> CompleteIndex:
    """The dataset can be searched."""
    return CompleteIndex(
        dataset_id=task.lease.dataset_id,
        job_id=task.lease.job_id,
        folder=task.relative(task.final("index")),
        size_bytes=result["sizeBytes"],
        sums_sha256=result["sumsSha256"],
        rows=result["rows"],
        indexed_rows=result["indexedRows"],
        language=task.state.description.language,
        parts=len(finished(task, ledger)),
        statistics=result["statistics"],
    )


INDEX = Run("ROWS", plan, lambda _task, _found: None, pieces, work, complete, completed, needs=needs)
