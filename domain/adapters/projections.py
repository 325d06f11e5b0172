"""The read models as functions of events: each event becomes changes of rows. The append applies them in its own
transaction, a subscription to the row it holds, a rebuild to empty tables: all by the same functions."""

from collections.abc import Iterator
from typing import Any

from domain import events as past
from domain.adapters.catalogue import catalogue_values
from domain.adapters.index_projections import NO_INDEX, index_values
from domain.adapters.job_projections import error_of, project_jobs
from domain.adapters.preset_projections import project_presets
from domain.adapters.rows import Change
from domain.adapters.stored_projections import original_values
from domain.adapters.tokenization_projections import project_exports, project_tokenizations
from domain.damage import Published
from domain.damage_events import DamageFound
from domain.dataset import dataset_id_of
from domain.described import TextColumnChosen
from domain.import_events import ImportRequested
from domain.jobs import JobKind
from domain.log import Recorded
from domain.reference_events import DatasetReferenced, DatasetReleased
from domain.tokenization_events import (
    ExportRequested,
    TokenizationDeleted,
    TokenizationRequested,
)
from domain.trash_events import DatasetPurged, DatasetPurgeRequested, DatasetRestored, DatasetTrashed, TrashEvent

WORKING = {JobKind.DOWNLOAD: "DOWNLOADING", JobKind.INGEST: "INGESTING"}
# What goes with a dataset, and what a row of one that is purged says to whoever still holds it: no table has it.
OWNED = ("jobs", "tokenizations", "exports")
PURGED = "PURGED"


def project(recorded: Recorded) -> Iterator[Change]:
    """Every change that an event makes to the read models, in order."""
    if isinstance(recorded.event, past.PresetEvent):
        yield project_presets(recorded, recorded.event)
        return
    yield project_datasets(recorded)
    if isinstance(recorded.event, DatasetPurged):
        for table in OWNED:
            yield Change(table, "dataset_id", dataset_id_of(recorded.stream), {}, delete=True)
        return
    yield from project_jobs(recorded)
    yield from project_tokenizations(recorded)
    yield from project_exports(recorded)


def project_datasets(recorded: Recorded) -> Change:
    """The dataset's row after the event; every event of its stream moves version, position and time."""
    event, dataset_id = recorded.event, dataset_id_of(recorded.stream)
    always = {"version": recorded.version, "position": recorded.position, "updated_at": recorded.recorded_at}
    always |= {**catalogue_values(event), **original_values(event)}
    if isinstance(event, TrashEvent):
        is_end = isinstance(event, DatasetPurged)
        return Change("datasets", "id", dataset_id, always | _trash_status(recorded, event), delete=is_end)
    match event:
        case past.DownloadRequested() | past.UploadReceived() | ImportRequested():
            return Change("datasets", "id", dataset_id, always | _new_dataset(recorded, event), insert=True)
        case past.DownloadPinned():
            values: dict[str, Any] = {"commit": event.commit, "license": event.license}
        case past.IngestCompleted():
            values = _ingested(event)
        case TextColumnChosen():
            values = {"text_column": event.text_column, "statistics": None}
        case DamageFound():
            values = {"folder": None, "size_bytes": None} if event.what == Published.DATA else {}
        case _:
            values = _use(recorded) | _dataset_status(event) | index_values(event)
    return Change("datasets", "id", dataset_id, always | values)


def _new_dataset(
    recorded: Recorded, event: past.DownloadRequested | past.UploadReceived | ImportRequested
) -> dict[str, Any]:
    return {
        "id": dataset_id_of(recorded.stream),
        "status": "QUEUED",
        "name": event.name,
        "source": dict(event.source),
        "tags": list(getattr(event, "tags", ())),
        "text_column": event.text_column,
        "splits": [],
        "columns": [],
        "used_by": [],
        "is_tokenized": False,
        "created_at": recorded.recorded_at,
        "last_used_at": recorded.recorded_at,
    }


def _ingested(event: past.IngestCompleted) -> dict[str, Any]:
    return {
        "status": "READY",
        "folder": event.folder,
        "splits": list(event.splits),
        "columns": list(event.columns),
        "text_column": event.text_column,
        "row_count": event.row_count,
        "skipped_rows": event.skipped_rows,
        "size_bytes": event.size_bytes,
        "statistics": event.statistics,
        **NO_INDEX,
    }


def _use(recorded: Recorded) -> dict[str, Any]:
    """When it was last used, and what keeps it in use."""
    match recorded.event:
        case TokenizationRequested():
            return {"last_used_at": recorded.recorded_at, "is_tokenized": True}
        case TokenizationDeleted(tokenizations_left=left):
            return {"is_tokenized": left > 0}
        case ExportRequested():
            return {"last_used_at": recorded.recorded_at}
        case DatasetReferenced(references=references):
            return {"last_used_at": recorded.recorded_at, "used_by": list(references)}
        case DatasetReleased(references=references):
            return {"used_by": list(references)}
    return {}


def _dataset_status(event: past.Event) -> dict[str, Any]:
    """A dataset follows the jobs that bring it; jobs on a ready one leave its status alone."""
    if getattr(event, "kind", None) not in WORKING:
        return {}
    match event:
        case past.JobStarted():
            return {"status": WORKING[JobKind(event.kind)]}
        case past.JobFailed():
            return {"status": "FAILED", "error": error_of(event)}
        case past.JobCancelled():
            return {"status": "CANCELLED"}
        case past.JobRetryRequested():
            again: dict[str, Any] = {"status": "QUEUED", "error": None}
            return again | ({"commit": None, "license": None} if event.anew and event.kind == "DOWNLOAD" else {})
    return {}


def _trash_status(recorded: Recorded, event: TrashEvent) -> dict[str, Any]:
    match event:
        case DatasetTrashed():
            return {"status": "TRASHED", "trashed_at": recorded.recorded_at}
        case DatasetRestored():
            return {"status": event.status, "last_used_at": recorded.recorded_at, "trashed_at": None}
        case DatasetPurgeRequested():
            return {"status": "PURGING"}
    return {"status": PURGED}
