"""How a purge is cut: one piece for each entry of the dataset's folder, or for those that belong to a tokenization."""

from collections.abc import Mapping, Sequence
from typing import Any

from domain.adapters.pieces import NewPiece
from domain.trash_commands import CompletePurge
from workers.runs import Call, Ledger, Run, Task, work_pieces


def _place(task: Task) -> dict[str, Any]:
    """The folder, and the jobs whose entries go; None: all of it."""
    return {"folder": str(task.home), "jobs": task.state.removals.get(task.lease.job_id)}


def plan(task: Task) -> Call:
    """Find what is there, and what it comes to."""
    return Call("plan_purge", _place(task))


def pieces(_task: Task, found: Mapping[str, Any]) -> Sequence[NewPiece]:
    """The entries, their bytes as the amounts."""
    return work_pieces(found["pieces"], [piece["bytes"] for piece in found["pieces"]])


def work(task: Task, _plan: Mapping[str, Any]) -> Call:
    """Remove one entry."""
    return Call("purge_entry", {**task.lease.spec, "folder": str(task.home)})


def complete(task: Task, _ledger: Ledger) -> Call:
    """Remove the folder, or what is left of those entries."""
    return Call("complete_purge", _place(task))


def completed(task: Task, ledger: Ledger, result: Mapping[str, Any]) -> CompletePurge:
    """Nothing is left. What was freed was counted before anything was removed, so no interruption makes it less."""
    return CompletePurge(
        dataset_id=task.lease.dataset_id,
        job_id=task.lease.job_id,
        bytes_freed=ledger["plan"]["bytesFreed"],
        files_left=result["filesLeft"],
    )


# it writes nothing, not even a folder: a full disk has no room for one
PURGE = Run("BYTES", plan, lambda _task, _found: None, pieces, work, complete, completed, writes=False)
