"""How a download is cut: one piece a file of the pinned commit."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_OID, uuid5

from domain.adapters.pieces import NewPiece
from domain.commands import CompleteDownload, PinDownload
from workers.runs import Call, Ledger, Run, Task, finished, work_pieces


def plan(task: Task) -> Call:
    """Pin the revision and resolve the files; a run that was pinned before is planned at the same commit."""
    source, pin = task.state.source, task.state.pin
    arguments = {
        "repository": source["repository"],
        "revision": pin.commit if pin else source["revision"],
        "config": source["config"],
        "splits": source["splits"],
        "work": str(task.work),
    }
    return Call("plan_download", arguments, task.secret)


def pin(task: Task, found: Mapping[str, Any]) -> PinDownload:
    """Fix the download to what was found."""
    return PinDownload(
        dataset_id=task.lease.dataset_id,
        job_id=task.lease.job_id,
        commit=found["commit"],
        config=found["config"],
        splits=found["splits"],
        license=found["license"],
        format=found["format"],
        files=found["files"],
        size_bytes=found["bytes"],
    )


def pieces(_task: Task, found: Mapping[str, Any]) -> Sequence[NewPiece]:
    """A file that serves two splits is fetched once."""
    files = {file["path"]: file for file in found["files"]}
    specs = [
        {key: file[key] for key in ("path", "size", "sha256", "git_oid")} | {"commit": found["commit"]}
        for file in files.values()
    ]
    return work_pieces(specs, [file["size"] for file in files.values()])


def work(task: Task, _plan: Mapping[str, Any]) -> Call:
    """Fetch one file, going on where an earlier attempt ended."""
    target = task.target(task.lease.spec["path"])
    arguments = {
        **task.lease.spec,
        "repository": task.state.source["repository"],
        "target": target,
        "earlier": _earlier(task, target),
    }
    return Call("fetch_file", arguments, task.secret)


def _earlier(task: Task, target: str) -> list[str]:
    """The targets of earlier attempts that left a part, or a whole file that no ledger knows; the newest first."""
    suffix = Path(target).suffix
    left = task.work.glob(f"{task.lease.piece}.*")
    targets = {str(path.with_name(path.name.removesuffix(".part").removesuffix(".chunks"))) for path in left}
    return sorted(targets - {target}, key=lambda name: _fence(name, suffix), reverse=True)


def _fence(target: str, suffix: str) -> int:
    return int(Path(target).name.removesuffix(suffix).rpartition(".")[2])


def complete(task: Task, ledger: Ledger) -> Call:
    """Publish the files under their paths of the repository."""
    files = [{"path": done["path"], "file": done["file"]} for done in finished(task, ledger)]
    return Call("complete_download", {"final": str(task.final("source")), "pieces": files})


def completed(task: Task, _ledger: Ledger, result: Mapping[str, Any]) -> CompleteDownload:
    """The download is over; its ingest is a job of its own, named by this one."""
    return CompleteDownload(
        dataset_id=task.lease.dataset_id,
        job_id=task.lease.job_id,
        folder=task.relative(task.final("source")),
        size_bytes=result["bytes"],
        ingest_job_id=str(uuid5(NAMESPACE_OID, task.lease.job_id)),
    )


DOWNLOAD = Run("BYTES", plan, pin, pieces, work, complete, completed)
