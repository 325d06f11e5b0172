"""How an export is cut: one piece a file that is written."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from domain.adapters.files import written_size
from domain.adapters.peaks import exporting_bytes
from domain.adapters.pieces import NewPiece
from domain.adapters.reservations import Need
from domain.tokenization_commands import CompleteExport
from workers.runs import Call, Ledger, Run, Task, finished, work_pieces


def _tokens(task: Task) -> str:
    tokenization = task.state.tokenizations[task.state.exports[task.lease.job_id].tokenization_id]
    assert tokenization.folder is not None, "only a READY tokenization is exported"
    return str(task.storage / tokenization.folder)


def plan(task: Task) -> Call:
    """Find the files and what becomes of them."""
    return Call("plan_export", {"folder": _tokens(task)})


def needs(task: Task, _found: Mapping[str, Any] | None) -> Need:
    """By the tokens as they lie here."""
    tokens = written_size(Path(_tokens(task)))
    return Need(exporting_bytes(tokens), "The export", "delete what you need no more")


def pieces(_task: Task, found: Mapping[str, Any]) -> Sequence[NewPiece]:
    """The files in row order, their rows as the amounts."""
    return work_pieces(found["pieces"], [piece["rows"] for piece in found["pieces"]])


def work(task: Task, _plan: Mapping[str, Any]) -> Call:
    """Write one file."""
    return Call("export_part", {**task.lease.spec, "folder": _tokens(task), "target": task.target(".parquet")})


def complete(task: Task, ledger: Ledger) -> Call:
    """Put the files together."""
    return Call("complete_export", {"final": str(task.final("export")), "pieces": finished(task, ledger)})


def completed(task: Task, _ledger: Ledger, result: Mapping[str, Any]) -> CompleteExport:
    """The files are published."""
    return CompleteExport(
        dataset_id=task.lease.dataset_id,
        job_id=task.lease.job_id,
        folder=task.relative(task.final("export")),
        size_bytes=result["sizeBytes"],
        sums_sha256=result["sumsSha256"],
        files=result["files"],
    )


EXPORT = Run("ROWS", plan, lambda _task, _found: None, pieces, work, complete, completed, needs=needs)
