"""The read models as functions of events: each event becomes changes of rows. The append applies them in its own
transaction, a subscription to the row it holds, a rebuild to empty tables: all by the same functions."""

from collections.abc import Iterator, Mapping
from typing import Any

from domain import events as past
from domain.adapters.catalogue import catalogue_values
from domain.adapters.index_projections import index_values
from domain.adapters.rows import Change
from domain.index_events import IndexCompleted, IndexRequested
from domain.jobs import JobKind, JobStatus
from domain.log import Recorded
from domain.preset import stream_of as stream_of_preset
from domain.trash_events import DatasetPurged, DatasetPurgeRequested, DatasetRestored, DatasetTrashed, TrashEvent

WORKING = {JobKind.DOWNLOAD: "DOWNLOADING", JobKind.INGEST: "INGESTING"}
# What goes with a dataset, and what a row of one that is purged says to whoever still holds it: no table has it.
OWNED = ("jobs", "tokenizations", "exports")
PURGED = "PURGED"
# The jobs that events ask for.
BEGUN: Mapping[type[past.Event], JobKind] = {
    past.DownloadRequested: JobKind.DOWNLOAD,
    past.UploadReceived: JobKind.INGEST,
    IndexRequested: JobKind.INDEX,
    past.TokenizationRequested: JobKind.TOKENIZE,
    past.ExportRequested: JobKind.EXPORT,
    DatasetPurgeRequested: JobKind.PURGE,
}
# What a job's event makes of the tokenization or the export that it is about.
FOLLOWED: Mapping[type[past.Event], Mapping[str, Any]] = {
    past.JobStarted: {"status": "RUNNING"},
    past.JobCancelRequested: {"status": "CANCELLING"},
    past.JobCancelled: {"status": "CANCELLED"},
    past.JobRetryRequested: {"status": "QUEUED", "error": None},
}


def dataset_id_of(stream: str) -> str:
    """The dataset of a stream's name."""
    return stream.removeprefix("dataset-")


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
    always |= catalogue_values(event)
    if isinstance(event, TrashEvent):
        is_end = isinstance(event, DatasetPurged)
        return Change("datasets", "id", dataset_id, always | _trash_status(recorded, event), delete=is_end)
    match event:
        case past.DownloadRequested() | past.UploadReceived():
            return Change("datasets", "id", dataset_id, always | _new_dataset(recorded, event), insert=True)
        case past.DownloadPinned():
            values: dict[str, Any] = {"commit": event.commit, "license": event.license}
        case past.IngestCompleted():
            values = _ingested(event)
        case past.TokenizationRequested() | past.ExportRequested():
            values = {"last_used_at": recorded.recorded_at}
        case _:
            values = _dataset_status(event) | index_values(event)
    return Change("datasets", "id", dataset_id, always | values)


def _new_dataset(recorded: Recorded, event: past.DownloadRequested | past.UploadReceived) -> dict[str, Any]:
    return {
        "id": dataset_id_of(recorded.stream),
        "status": "QUEUED",
        "name": event.name,
        "source": dict(event.source),
        "tags": list(getattr(event, "tags", ())),
        "text_column": event.text_column,
        "splits": [],
        "columns": [],
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
    }


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
            return {"status": "TRASHED"}
        case DatasetRestored():
            return {"status": event.status, "last_used_at": recorded.recorded_at}
        case DatasetPurgeRequested():
            return {"status": "PURGING"}
    return {"status": PURGED}


def error_of(event: past.JobFailed) -> dict[str, Any]:
    """A JobError of the contract."""
    return {
        "code": event.code,
        "message": event.message,
        "retryable": event.retryable,
        "errorId": event.error_id,
    }


def project_jobs(recorded: Recorded) -> Iterator[Change]:  # noqa: C901  one line an event
    """The rows of jobs after the event: of its own, and of one that follows it."""
    event = recorded.event
    if type(event) in BEGUN:
        job_id: str = getattr(event, "job_id")  # noqa: B009  each of BEGUN has one
        yield _new_job(recorded, job_id, BEGUN[type(event)], getattr(event, "tokenization_id", None))
    match event:
        case past.DownloadCompleted():
            yield _ended(recorded, event.job_id, JobStatus.SUCCEEDED)
            yield _new_job(recorded, event.ingest_job_id, JobKind.INGEST)
        case past.IngestCompleted() | past.TokenizationCompleted() | past.ExportCompleted() | IndexCompleted():
            yield _ended(recorded, event.job_id, JobStatus.SUCCEEDED)
        case past.JobFailed():
            yield _ended(recorded, event.job_id, JobStatus.FAILED, error=error_of(event))
        case past.JobCancelled():
            yield _ended(recorded, event.job_id, JobStatus.CANCELLED)
        case past.JobStarted():
            yield _job(recorded, event.job_id, status=JobStatus.RUNNING.value, started_at=recorded.recorded_at)
        case past.JobCancelRequested():
            yield _job(recorded, event.job_id, status=JobStatus.CANCELLING.value)
        case past.JobRetryRequested():
            again = {"status": JobStatus.QUEUED.value, "attempt": event.attempt, "error": None}
            yield _job(recorded, event.job_id, **again, started_at=None, finished_at=None)


def _new_job(recorded: Recorded, job_id: str, kind: JobKind, tokenization_id: str | None = None) -> Change:
    values = {
        "id": job_id,
        "dataset_id": dataset_id_of(recorded.stream),
        "tokenization_id": tokenization_id,
        "kind": kind.value,
        "status": JobStatus.QUEUED.value,
        "attempt": 1,
        "position": recorded.position,
        "correlation_id": recorded.metadata.get("correlation_id"),
        "created_at": recorded.recorded_at,
    }
    return Change("jobs", "id", job_id, values, insert=True)


def _job(recorded: Recorded, job_id: str, **values: Any) -> Change:
    return Change("jobs", "id", job_id, {"position": recorded.position, **values})


def _ended(recorded: Recorded, job_id: str, status: JobStatus, **values: Any) -> Change:
    return _job(recorded, job_id, status=status.value, finished_at=recorded.recorded_at, **values)


def project_tokenizations(recorded: Recorded) -> Iterator[Change]:
    """The tokenization's row after the event; events of its job find it by the job."""
    event = recorded.event
    if isinstance(event, past.TokenizationRequested):
        yield _new_tokenization(recorded, event)
        return
    values = _tokenization_values(event)
    if values:
        yield _by_job("tokenizations", recorded, values)


def _by_job(table: str, recorded: Recorded, values: Mapping[str, Any]) -> Change:
    """Of the row that the event's job makes."""
    job_id: str = getattr(recorded.event, "job_id")  # noqa: B009  not every event has one, but those of jobs
    return Change(table, "job_id", job_id, {"position": recorded.position, **values})


def _new_tokenization(recorded: Recorded, event: past.TokenizationRequested) -> Change:
    values = {
        "id": event.tokenization_id,
        "dataset_id": dataset_id_of(recorded.stream),
        "job_id": event.job_id,
        "status": "QUEUED",
        "tokenizer": event.tokenizer,
        "recipe": dict(event.recipe),
        "recipe_hash": event.recipe_hash,
        "position": recorded.position,
        "created_at": recorded.recorded_at,
    }
    return Change("tokenizations", "id", event.tokenization_id, values, insert=True)


def _tokenization_values(event: past.Event) -> Mapping[str, Any]:
    match event:
        case past.TokenizationPinned():
            return {
                "tokenizer_commit": event.tokenizer_commit,
                "recipe": dict(event.recipe),
                "recipe_hash": event.recipe_hash,
                "plan": None if event.plan is None else dict(event.plan),
            }
        case past.TokenizationCompleted():
            done = {"folder": event.folder, "size_bytes": event.size_bytes, "statistics": dict(event.statistics)}
            return {"status": "READY", **done}
    return _status_by_job(event, JobKind.TOKENIZE)


def _status_by_job(event: past.Event, kind: JobKind) -> Mapping[str, Any]:
    """What is made by a job of this kind follows it, until it is READY."""
    if getattr(event, "kind", None) != kind:
        return {}
    if isinstance(event, past.JobFailed):
        return {"status": "FAILED", "error": error_of(event)}
    return FOLLOWED.get(type(event), {})


def project_exports(recorded: Recorded) -> Iterator[Change]:
    """The export's row after the event; events of its job find it by the job."""
    event = recorded.event
    if isinstance(event, past.ExportRequested):
        yield _new_export(recorded, event)
        return
    values = _status_by_job(event, JobKind.EXPORT)
    if isinstance(event, past.ExportCompleted):
        values = {"status": "READY", "folder": event.folder, "size_bytes": event.size_bytes, "files": list(event.files)}
    if values:
        yield _by_job("exports", recorded, values)


def _new_export(recorded: Recorded, event: past.ExportRequested) -> Change:
    values = {
        "id": event.export_id,
        "dataset_id": dataset_id_of(recorded.stream),
        "tokenization_id": event.tokenization_id,
        "job_id": event.job_id,
        "format": event.format,
        "status": "QUEUED",
        "files": [],
        "position": recorded.position,
        "created_at": recorded.recorded_at,
    }
    return Change("exports", "id", event.export_id, values, insert=True)


def project_presets(recorded: Recorded, event: past.PresetEvent) -> Change:
    """The preset's row after the event; one that is deleted has none."""
    preset_id = recorded.stream.removeprefix(stream_of_preset(""))
    if isinstance(event, past.PresetDeleted):
        return Change("presets", "id", preset_id, {}, delete=True)
    values = {
        "version": recorded.version,
        "position": recorded.position,
        "name": event.name,
        "tokenizer": event.tokenizer,
        "recipe": dict(event.recipe),
        "updated_at": recorded.recorded_at,
    }
    if recorded.version > 1:
        return Change("presets", "id", preset_id, values)
    return Change(
        "presets", "id", preset_id, {"id": preset_id, "created_at": recorded.recorded_at, **values}, insert=True
    )
