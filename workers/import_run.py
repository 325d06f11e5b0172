"""How an import is cut: one piece a file, which is copied. What is done to the file afterwards is done to it alone."""

from collections.abc import Mapping, Sequence
from typing import Any

from domain.adapters.pieces import NewPiece
from domain.adapters.reservations import Need
from domain.commands import CompleteDownload
from workers.runs import Call, Ledger, Run, Task, finished, work_pieces
from workers.upload_files import read_as


def plan(task: Task) -> Call:
    """Look at the files again."""
    arguments = {
        "root": str(task.settings.imports),
        "reader": read_as(task.state.source)["name"],
        "files": [dict(file) for file in task.state.asked_files],
    }
    return Call("plan_import", arguments)


def needs(task: Task, found: Mapping[str, Any] | None) -> Need | None:
    """The files and their ingest; known once they were looked at."""
    if found is None:
        return None
    return Need(found["peakBytes"], f"Importing {task.state.source['path']}", "import it in parts")


def pin(_task: Task, _found: Mapping[str, Any]) -> None:
    """Nothing: what a file is, its copy tells."""


def pieces(_task: Task, found: Mapping[str, Any]) -> Sequence[NewPiece]:
    """The files in their order."""
    return work_pieces(found["files"], [file["size"] for file in found["files"]])


def work(task: Task, _plan: Mapping[str, Any]) -> Call:
    """Copy one file."""
    spec = task.lease.spec
    arguments = {
        "root": str(task.settings.imports),
        "source": spec["from"],
        "path": spec["path"],
        "split": spec["split"],
        "format": spec["format"],
        "target": task.target(".copy"),
    }
    return Call("import_file", arguments)


def complete(task: Task, ledger: Ledger) -> Call:
    """Publish the copies."""
    files = [{key: done[key] for key in ("path", "file", "sha256")} for done in finished(task, ledger)]
    return Call("complete_download", {"final": str(task.final("source")), "pieces": files})


def completed(task: Task, ledger: Ledger, result: Mapping[str, Any]) -> CompleteDownload:
    """The files are here; their ingest is a job of its own, named by this one."""
    told = ("path", "split", "size", "sha256")
    return CompleteDownload(
        dataset_id=task.lease.dataset_id,
        job_id=task.lease.job_id,
        folder=task.relative(task.final("source")),
        size_bytes=result["bytes"],
        sums_sha256=result["sumsSha256"],
        ingest_job_id=task.next_job,
        files=[{key: done[key] for key in told} for done in finished(task, ledger)],
    )


IMPORT = Run("BYTES", plan, pin, pieces, work, complete, completed, needs=needs)
