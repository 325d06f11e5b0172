"""How a download is cut: one piece a file of the pinned commit."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from domain.adapters.pieces import COMPLETE, NewPiece
from domain.adapters.reservations import Need
from domain.commands import CompleteDownload, PinDownload
from workers.part_pieces import fetched_files, first_pieces, front_of, next_pieces
from workers.runs import Call, Ledger, Run, Task, finished, work_pieces


def plan(task: Task) -> Call:
    """Pin the revision and resolve the files; a run that was pinned before is planned at the same commit."""
    source, pin = task.state.source, task.state.pin
    arguments = {
        "repository": source["repository"],
        "revision": pin.commit if pin else source["revision"],
        "config": source["config"],
        "splits": source["splits"],
        "files": source.get("files"),
        "part": _part(source),
        "work": str(task.work),
    }
    return Call("plan_download", arguments, task.secret)


def needs(task: Task, found: Mapping[str, Any] | None) -> Need | None:
    """The files and their ingest; known once they are."""
    if found is None:
        return None
    less = "ask for less with maxRows or maxBytes"
    return Need(found["peakBytes"], f"Bringing {task.state.source['repository']}", less)


def _part(source: Mapping[str, Any]) -> dict[str, int | None] | None:
    asked = {"rows": source.get("maxRows"), "bytes": source.get("maxBytes")}
    return asked if any(value is not None for value in asked.values()) else None


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
        repository=found["repository"],
    )


def pieces(_task: Task, found: Mapping[str, Any]) -> Sequence[NewPiece]:
    """A file that serves two splits is fetched once."""
    if any("take" in file for file in found["files"]):
        return [*first_pieces(found["commit"], found["files"]), NewPiece("complete", COMPLETE)]
    files = {file["path"]: file for file in found["files"]}
    specs = [
        {key: file[key] for key in ("path", "size", "sha256", "git_oid")} | {"commit": found["commit"]}
        for file in files.values()
    ]
    return work_pieces(specs, [file["size"] for file in files.values()])


def work(task: Task, _plan: Mapping[str, Any]) -> Call:
    """Fetch one file, or its front, going on where an earlier attempt ended."""
    spec, target = dict(task.lease.spec), task.target(task.lease.spec["path"])
    spec["repository"] = task.state.source["repository"]
    if "take" not in spec:
        return Call("fetch_file", {**spec, "target": target, "earlier": _earlier(task, target)}, task.secret)
    assert task.state.pin is not None, "a piece follows from a plan"
    arguments = {
        "take": spec.pop("take"),
        "remote": spec,
        "format": task.state.pin.format,
        "on_error": task.state.on_error,
        "target": target,
        "earlier": [*_earlier(task, target), *_earlier(task, front_of(target))],
    }
    return Call("fetch_part", arguments, task.secret)


def follow(task: Task, outcome: Mapping[str, Any]) -> Sequence[NewPiece]:
    """The next file of a split whose rows are counted while they are fetched."""
    spec, pin = task.lease.spec, task.state.pin
    if "take" not in spec:
        return []
    assert pin is not None, "a piece follows from a plan"
    return next_pieces(pin.commit, pin.files, spec["path"], spec["take"], outcome["rows"])


def _earlier(task: Task, target: str) -> list[str]:
    """The targets of earlier attempts that left a part, or a whole file that no ledger knows; the newest first."""
    piece = task.lease.piece
    suffix = Path(target).name.removeprefix(f"{piece}.{task.lease.fence}")
    target_of = re.compile(rf"{piece}\.(\d+){re.escape(suffix)}(?:\.part|\.chunks)?")
    found = (target_of.fullmatch(path.name) for path in task.work.glob(f"{piece}.*"))
    fences = {int(name[1]) for name in found if name} - {task.lease.fence}
    return [str(task.work / f"{piece}.{fence}{suffix}") for fence in sorted(fences, reverse=True)]


def complete(task: Task, ledger: Ledger) -> Call:
    """Publish the files under their paths of the repository."""
    _fetched(task, ledger)
    told = ("path", "file", "sha256")
    files = [{key: done[key] for key in told} for done in finished(task, ledger) if done["file"]]
    return Call("complete_download", {"final": str(task.final("source")), "pieces": files})


def _fetched(task: Task, ledger: Ledger) -> Sequence[Mapping[str, Any]] | None:
    """The files of a part; None: it is the whole. EMPTY_DATASET where a split came to nothing."""
    pin = task.state.pin
    assert pin is not None, "the end follows from a plan"
    if not any("take" in file for file in pin.files):
        return None
    outcomes = {done["path"]: done for done in finished(task, ledger)}
    return fetched_files(pin.files, task.state.source.get("maxRows"), outcomes)


def completed(task: Task, ledger: Ledger, result: Mapping[str, Any]) -> CompleteDownload:
    """The download is over; its ingest is a job of its own, named by this one."""
    return CompleteDownload(
        dataset_id=task.lease.dataset_id,
        job_id=task.lease.job_id,
        folder=task.relative(task.final("source")),
        size_bytes=result["bytes"],
        sums_sha256=result["sumsSha256"],
        ingest_job_id=task.next_job,
        files=_fetched(task, ledger),
    )


DOWNLOAD = Run("BYTES", plan, pin, pieces, work, complete, completed, follow, needs=needs)
