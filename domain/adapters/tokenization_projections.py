"""What events make of the rows of tokenizations and of their exports."""

from collections.abc import Iterator, Mapping
from typing import Any

from domain import events as past
from domain.adapters.job_projections import error_of
from domain.adapters.rows import Change
from domain.damage import Published
from domain.damage_events import DamageFound
from domain.dataset import dataset_id_of
from domain.jobs import JobKind
from domain.log import Recorded
from domain.tokenization_events import (
    ExportCompleted,
    ExportRequested,
    TokenizationCompleted,
    TokenizationDeleted,
    TokenizationPinned,
    TokenizationRequested,
)

# What a job's event makes of the tokenization or the export that it is about.
FOLLOWED: Mapping[type[past.Event], Mapping[str, Any]] = {
    past.JobStarted: {"status": "RUNNING"},
    past.JobCancelRequested: {"status": "CANCELLING"},
    past.JobCancelled: {"status": "CANCELLED"},
    past.JobRetryRequested: {"status": "QUEUED", "error": None},
}


def project_tokenizations(recorded: Recorded) -> Iterator[Change]:
    """The tokenization's row after the event; events of its job find it by the job."""
    event = recorded.event
    if isinstance(event, TokenizationRequested):
        yield _new_tokenization(recorded, event)
        return
    if isinstance(event, TokenizationDeleted):
        yield Change("tokenizations", "id", event.tokenization_id, {}, delete=True)
        return
    values = _tokenization_values(event)
    if values:
        yield _by_job("tokenizations", recorded, values)


def _by_job(table: str, recorded: Recorded, values: Mapping[str, Any]) -> Change:
    """Of the row that the event's job makes."""
    job_id: str = getattr(recorded.event, "job_id")  # noqa: B009  not every event has one, but those of jobs
    return Change(table, "job_id", job_id, {"position": recorded.position, **values})


def _new_tokenization(recorded: Recorded, event: TokenizationRequested) -> Change:
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
        case TokenizationPinned():
            return {
                "tokenizer_commit": event.tokenizer_commit,
                "recipe": dict(event.recipe),
                "recipe_hash": event.recipe_hash,
                "plan": None if event.plan is None else dict(event.plan),
            }
        case TokenizationCompleted():
            done = {"folder": event.folder, "size_bytes": event.size_bytes, "statistics": dict(event.statistics)}
            return {"status": "READY", **done}
        case DamageFound() if event.what == Published.TOKENIZATION:
            return {"folder": None, "size_bytes": None, "statistics": None}
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
    if isinstance(event, ExportRequested):
        yield _new_export(recorded, event)
        return
    if isinstance(event, TokenizationDeleted):
        yield Change("exports", "tokenization_id", event.tokenization_id, {}, delete=True)
        return
    values = _status_by_job(event, JobKind.EXPORT)
    if isinstance(event, DamageFound) and event.what == Published.EXPORT:
        values = {"folder": None, "size_bytes": None, "files": []}
    if isinstance(event, ExportCompleted):
        values = {"status": "READY", "folder": event.folder, "size_bytes": event.size_bytes, "files": list(event.files)}
    if values:
        yield _by_job("exports", recorded, values)


def _new_export(recorded: Recorded, event: ExportRequested) -> Change:
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
