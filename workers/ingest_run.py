"""How an ingest is cut: one piece a file of a split. The files were downloaded, or uploaded or imported."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from domain.adapters.files import written_size
from domain.adapters.peaks import ingesting_bytes, uploading_bytes
from domain.adapters.pieces import NewPiece
from domain.adapters.reservations import Need
from domain.commands import CompleteIngest
from domain.events import DownloadPinned
from workers.runs import Call, Ledger, Run, Task, finished, work_pieces
from workers.upload_files import read_as


def _pin(task: Task) -> DownloadPinned:
    assert task.state.pin is not None, "an ingest follows a download"
    return task.state.pin


def _folder(task: Task) -> str:
    assert task.state.downloaded is not None, "an ingest follows a download"
    return str(task.storage / task.state.downloaded)


def _is_local(task: Task) -> bool:
    """Whether content alone told what the files are."""
    return bool(task.state.source["kind"] in ("UPLOAD", "IMPORT"))


def _format(task: Task) -> Mapping[str, Any]:
    found = read_as(task.state.source) if _is_local(task) else _pin(task).format
    return {**found, "maxRatio": task.settings.max_ratio}


def _splits(task: Task) -> list[str]:
    return list(dict.fromkeys(file["split"] for file in _files(task))) if _is_local(task) else list(_pin(task).splits)


def _files(task: Task) -> list[dict[str, Any]]:
    """Those of a part, with how many rows are taken of each, or that were sent or imported; or all that were pinned."""
    if task.state.fetched is not None:
        return [dict(file) for file in task.state.fetched]
    return [{"path": file["path"], "split": file["split"]} for file in _pin(task).files]


def plan(task: Task) -> Call:
    """Find the features and the text column. What was sent is refused here if it is of no format."""
    arguments = {
        "folder": _folder(task),
        "format": _format(task),
        "files": _files(task),
        "text_column": task.state.asked_text_column,
        "work": str(task.work),
        "on_error": task.state.on_error,
    }
    return Call("plan_ingest", arguments)


def needs(task: Task, _found: Mapping[str, Any] | None) -> Need:
    """What is written beside the files; an upload's own file has the name of the job, and counts with it."""
    source = task.state.source
    if source["kind"] == "UPLOAD":
        read_as(source)
        what = f"Reading {source['fileName']}"
        return Need(uploading_bytes(source["format"], source["sizeBytes"]), what, "upload it in parts")
    kind, folder = _format(task)["name"], Path(_folder(task))
    # a file of two splits is read twice, and one that is missing is told by who reads it
    sizes = [{file["path"]: written_size(folder / file["path"])} for file in _files(task)]
    needed = sum(ingesting_bytes(kind, each) for each in sizes)
    return Need(needed, f"Reading {source.get('repository') or source['path']}", "bring a part of it")


def pin(_task: Task, _found: Mapping[str, Any]) -> None:
    """Nothing: the files are pinned already, and features follow from them."""


def pieces(_task: Task, found: Mapping[str, Any]) -> Sequence[NewPiece]:
    """The files in the order of the splits; how many rows they hold shows while they are read."""
    return work_pieces(found["pieces"], [piece.get("rows") for piece in found["pieces"]])


def work(task: Task, plan: Mapping[str, Any]) -> Call:
    """Turn one file into Arrow."""
    spec = task.lease.spec
    arguments = {
        "folder": _folder(task),
        "path": spec["path"],
        "split": spec["split"],
        "most": spec.get("most"),
        "format": _format(task),
        "features": plan["features"],
        "text_column": plan["textColumn"],
        "target": task.target(".arrow"),
        "on_error": task.state.on_error,
    }
    return Call("ingest_file", arguments)


def complete(task: Task, ledger: Ledger) -> Call:
    """Put the files together as one folder."""
    arguments = {
        "final": str(task.final("data")),
        "features": ledger["plan"]["features"],
        "text_column": ledger["plan"]["textColumn"],
        "splits": _splits(task),
        "pieces": finished(task, ledger),
    }
    return Call("complete_ingest", arguments)


def completed(task: Task, _ledger: Ledger, result: Mapping[str, Any]) -> CompleteIngest:
    """The dataset can be read."""
    return CompleteIngest(
        dataset_id=task.lease.dataset_id,
        job_id=task.lease.job_id,
        folder=task.relative(task.final("data")),
        splits=result["splits"],
        columns=result["columns"],
        text_column=result["textColumn"],
        row_count=result["rowCount"],
        size_bytes=result["sizeBytes"],
        sums_sha256=result["sumsSha256"],
        statistics=result["statistics"],
        originals_kept=task.settings.keep_originals,
        skipped_rows=result["skippedRows"],
        skipped=result["skipped"],
        index_job_id=task.next_job,
    )


INGEST = Run("ROWS", plan, pin, pieces, work, complete, completed, needs=needs)
