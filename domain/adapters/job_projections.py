"""What events make of the rows of jobs."""

from collections.abc import Iterator, Mapping
from typing import Any

from domain import events as past
from domain.adapters.rows import Change
from domain.dataset import dataset_id_of
from domain.import_events import ImportRequested
from domain.index_events import IndexCompleted, IndexRequested
from domain.jobs import JobKind, JobStatus
from domain.log import Recorded
from domain.tokenization_events import (
    ExportCompleted,
    ExportRequested,
    TokenizationCompleted,
    TokenizationDeleted,
    TokenizationPurged,
    TokenizationRequested,
)
from domain.trash_events import DatasetPurgeRequested

# The jobs that events ask for.
BEGUN: Mapping[type[past.Event], JobKind] = {
    past.DownloadRequested: JobKind.DOWNLOAD,
    past.UploadReceived: JobKind.INGEST,
    ImportRequested: JobKind.DOWNLOAD,
    IndexRequested: JobKind.INDEX,
    TokenizationRequested: JobKind.TOKENIZE,
    ExportRequested: JobKind.EXPORT,
    TokenizationDeleted: JobKind.PURGE,
    DatasetPurgeRequested: JobKind.PURGE,
}


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
        case (
            past.IngestCompleted()
            | TokenizationCompleted()
            | ExportCompleted()
            | IndexCompleted()
            | TokenizationPurged()
        ):
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
