"""A dataset from its request to its tokens, folded from its stream. Pure: no clock, no I/O."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from hashlib import sha256
from typing import Any

from domain import events as past
from domain.described import DatasetDescribed, Description
from domain.index_commands import IndexReason
from domain.index_events import IndexCompleted, IndexEvent, IndexRequested
from domain.jobs import Job, JobKind, JobStatus
from domain.trash_events import DatasetPurged, DatasetPurgeRequested, DatasetRestored, DatasetTrashed, TrashEvent


class DatasetStatus(StrEnum):
    """Where a dataset stands."""

    QUEUED = "QUEUED"
    DOWNLOADING = "DOWNLOADING"
    INGESTING = "INGESTING"
    READY = "READY"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"
    TRASHED = "TRASHED"
    PURGING = "PURGING"


WORKING = {JobKind.DOWNLOAD: DatasetStatus.DOWNLOADING, JobKind.INGEST: DatasetStatus.INGESTING}


@dataclass(frozen=True, slots=True)
class Tokenization:
    """One tokenization of the dataset, `asked` for by the event of this `version`; once a worker has looked, `commit`
    pins its tokenizer, `recipe` is what was asked with all that it leads to, and `pinned_hash` is equal for equal
    work."""

    id: str
    job_id: str
    version: int
    tokenizer: str
    revision: str | None
    asked: Mapping[str, Any]
    recipe: Mapping[str, Any]
    commit: str | None = None
    pinned_hash: str | None = None
    folder: str | None = None
    has_fallen_back: bool = False


@dataclass(frozen=True, slots=True)
class Export:
    """Files of a tokenization to be taken away; `folder` once they are there. `version` is that of its request."""

    id: str
    tokenization_id: str
    format: str
    version: int
    folder: str | None = None


@dataclass(frozen=True, slots=True)
class Index:
    """The search index: the job that was last to build one, asked for by the event of this `version`, and the `folder`
    that is searched (None: none is whole)."""

    job_id: str
    version: int
    folder: str | None = None


@dataclass(frozen=True, slots=True)
class Dataset:
    """The folded stream. `source` is what was asked of the Hub, or sent here, `pin` what it was fixed to; `downloaded`
    and `folder` name the original files and the Arrow folder, relative to the storage. `fetched` are the files of a
    part, or of an upload. `exports` are by their jobs; `columns` says of each whether it is text. `trashed_from` is the
    status that it would be restored to; of one that `is_purged` there is the story alone."""

    id: str
    status: DatasetStatus
    description: Description
    source: Mapping[str, Any]
    allow_duplicate: bool
    version: int = 0
    asked_text_column: str | None = None
    on_error: str = "FAIL"
    pin: past.DownloadPinned | None = None
    downloaded: str | None = None
    fetched: tuple[Mapping[str, Any], ...] | None = None
    folder: str | None = None
    splits: tuple[str, ...] = ()
    columns: Mapping[str, bool] = field(default_factory=dict)
    text_column: str | None = None
    jobs: Mapping[str, Job] = field(default_factory=dict)
    tokenizations: Mapping[str, Tokenization] = field(default_factory=dict)
    exports: Mapping[str, Export] = field(default_factory=dict)
    index: Index | None = None
    trashed_from: DatasetStatus | None = None
    is_purged: bool = False


@dataclass(frozen=True, slots=True)
class Earlier:
    """What the very same command led to before, and still holds: the version of its first event, and the ids that it
    made or touched, by the payload's field names."""

    version: int
    objects: Mapping[str, str]


def stream_of(dataset_id: str) -> str:
    """The name of a dataset's stream."""
    return f"dataset-{dataset_id}"


def canonical(value: object) -> str:
    """One spelling for equal JSON values."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"))


def recipe_hash(tokenizer: str, recipe: Mapping[str, Any], *pins: str | None) -> str:
    """Equal for equal work: the canonical recipe, its tokenizer and what both are pinned to."""
    return digest([tokenizer, recipe, pins])


def digest(value: object) -> str:
    """64 hex digits, equal for equal JSON values."""
    return sha256(canonical(value).encode()).hexdigest()


def fold(dataset_id: str, history: Iterable[past.Event]) -> Dataset | None:
    """The state after a history, None where there is none."""
    state: Dataset | None = None
    for event in history:
        state = evolve(dataset_id, state, event)
    return state


def evolve(  # noqa: PLR0911  one line a kind of event
    dataset_id: str, state: Dataset | None, event: past.Event
) -> Dataset:
    """The state after one more event."""
    if isinstance(event, past.DownloadRequested):
        state = Dataset(
            id=dataset_id,
            status=DatasetStatus.QUEUED,
            description=Description(event.name, tuple(event.tags)),
            source=event.source,
            allow_duplicate=event.allow_duplicate,
            asked_text_column=event.text_column,
            on_error=event.on_error,
        )
        return _next(state, Job(event.job_id, JobKind.DOWNLOAD, secret=event.secret))
    if isinstance(event, past.UploadReceived):
        return _upload_received(dataset_id, event)
    assert state is not None, "a stream begins with a request"
    assert not isinstance(event, past.PresetEvent), "a dataset's stream has events of datasets alone"
    if isinstance(event, past.TokenizationRequested):
        return _tokenization_requested(state, event)
    if isinstance(event, past.ExportRequested):
        return _export_requested(state, event)
    if isinstance(event, DatasetDescribed):
        return replace(state, version=state.version + 1, description=state.description.after(event))
    if isinstance(event, TrashEvent):
        return _trash_changed(state, event)
    if isinstance(event, IndexEvent):
        return _index_changed(state, event)
    return _job_changed(state, state.jobs[event.job_id], event)


def _upload_received(dataset_id: str, event: past.UploadReceived) -> Dataset:
    state = Dataset(
        id=dataset_id,
        status=DatasetStatus.QUEUED,
        description=Description(event.name),
        source=event.source,
        allow_duplicate=True,
        asked_text_column=event.text_column,
        on_error=event.on_error,
        downloaded=event.folder,
        fetched=tuple(event.files),
    )
    return _next(state, Job(event.job_id, JobKind.INGEST))


def _next(state: Dataset, job: Job, **changes: Any) -> Dataset:
    """The next version of the state, with the job as it is now."""
    return replace(state, version=state.version + 1, jobs={**state.jobs, job.id: job}, **changes)


def _tokenization_requested(state: Dataset, event: past.TokenizationRequested) -> Dataset:
    made = Tokenization(
        id=event.tokenization_id,
        job_id=event.job_id,
        version=state.version + 1,
        tokenizer=event.tokenizer,
        revision=event.revision,
        asked=event.recipe,
        recipe=event.recipe,
    )
    job = Job(event.job_id, JobKind.TOKENIZE, tokenization_id=made.id, secret=event.secret)
    return _next(state, job, tokenizations={**state.tokenizations, made.id: made})


def _export_requested(state: Dataset, event: past.ExportRequested) -> Dataset:
    made = Export(event.export_id, event.tokenization_id, event.format, state.version + 1)
    job = Job(event.job_id, JobKind.EXPORT, tokenization_id=event.tokenization_id)
    return _next(state, job, exports={**state.exports, job.id: made})


def _index_changed(state: Dataset, event: IndexEvent) -> Dataset:
    """What is damaged is searched no more; any other index is until the next one is whole."""
    match event:
        case IndexRequested():
            before = None if event.reason == IndexReason.DAMAGED else state.index
            made = Index(event.job_id, state.version + 1, None if before is None else before.folder)
            return _next(state, Job(event.job_id, JobKind.INDEX), index=made)
        case IndexCompleted():
            assert state.index is not None, "an index is asked for before it is whole"
            done = state.jobs[event.job_id].in_state(JobStatus.SUCCEEDED)
            return _next(state, done, index=replace(state.index, folder=event.folder))


def _trash_changed(state: Dataset, event: TrashEvent) -> Dataset:
    match event:
        case DatasetTrashed():
            return replace(state, version=state.version + 1, status=DatasetStatus.TRASHED, trashed_from=state.status)
        case DatasetRestored():
            return replace(state, version=state.version + 1, status=DatasetStatus(event.status), trashed_from=None)
        case DatasetPurgeRequested():
            return _next(state, Job(event.job_id, JobKind.PURGE), status=DatasetStatus.PURGING)
        case DatasetPurged():
            return _next(state, state.jobs[event.job_id].in_state(JobStatus.SUCCEEDED), is_purged=True)


def _job_changed(state: Dataset, job: Job, event: past.DatasetEvent) -> Dataset:  # noqa: C901, PLR0911, PLR0912  one line an event
    done = job.in_state(JobStatus.SUCCEEDED)
    match event:
        case past.DownloadPinned():
            return _next(state, job, pin=event)
        case past.DownloadCompleted():
            ingest = Job(event.ingest_job_id, JobKind.INGEST)
            jobs = {**state.jobs, ingest.id: ingest}
            fetched = None if event.files is None else tuple(event.files)
            return _next(replace(state, jobs=jobs), done, downloaded=event.folder, fetched=fetched)
        case past.IngestCompleted():
            splits = tuple(split["name"] for split in event.splits)
            ready = {"status": DatasetStatus.READY, "folder": event.folder, "text_column": event.text_column}
            columns = {column["name"]: bool(column["isText"]) for column in event.columns}
            return _next(state, done, splits=splits, columns=columns, **ready)
        case past.TokenizationPinned():
            pinned = {"commit": event.tokenizer_commit, "recipe": event.recipe, "pinned_hash": event.recipe_hash}
            return _tokenization_changed(state, job, **pinned)
        case past.TokenizationEngineFellBack():
            return _tokenization_changed(state, job, has_fallen_back=True)
        case past.TokenizationCompleted():
            return _tokenization_changed(state, done, folder=event.folder)
        case past.ExportCompleted():
            exported = replace(state.exports[job.id], folder=event.folder)
            return _next(state, done, exports={**state.exports, job.id: exported})
        case past.JobAttemptFailed():
            return _next(state, job.counted(event))
        case past.JobRetryRequested():
            return _retried(state, job, event)
        case past.JobStarted():
            return _with_status(state, job.in_state(JobStatus.RUNNING), WORKING.get(job.kind))
        case past.JobFailed():
            return _with_status(state, job.in_state(JobStatus.FAILED), DatasetStatus.FAILED)
        case past.JobCancelled():
            return _with_status(state, job.in_state(JobStatus.CANCELLED), DatasetStatus.CANCELLED)
        case past.JobCancelRequested():
            return _next(state, job.in_state(JobStatus.CANCELLING))
    raise TypeError(f"No state after {event!r}")


def _retried(state: Dataset, job: Job, event: past.JobRetryRequested) -> Dataset:
    """A run that begins anew looks anew for what it works on."""
    again = job.retried(event.attempt, event.secret)
    if event.anew and job.kind == JobKind.TOKENIZE:
        asked = state.tokenizations[str(job.tokenization_id)].asked
        found = {"commit": None, "recipe": asked, "pinned_hash": None, "has_fallen_back": False}
        return _tokenization_changed(state, again, **found)
    changes = {"pin": None} if event.anew and job.kind == JobKind.DOWNLOAD else {}
    return _with_status(state, again, DatasetStatus.QUEUED, **changes)


def _tokenization_changed(state: Dataset, job: Job, **changes: Any) -> Dataset:
    assert job.tokenization_id is not None
    changed = replace(state.tokenizations[job.tokenization_id], **changes)
    return _next(state, job, tokenizations={**state.tokenizations, changed.id: changed})


def _with_status(state: Dataset, job: Job, status: DatasetStatus | None, **changes: Any) -> Dataset:
    """The dataset follows the jobs that bring it; what is done with a ready one leaves its status alone."""
    if job.kind in WORKING and status is not None:
        changes["status"] = status
    return _next(state, job, **changes)
