"""The state of a dataset, folded from the events of its stream. Pure: no clock, no I/O."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from domain import events as past
from domain.damage_events import DamageFound
from domain.dataset import Dataset, DatasetStatus, Export, Index, Tokenization, data_of
from domain.described import DatasetDescribed, DescribeEvent, Description, TextColumnChosen
from domain.import_events import ImportRequested
from domain.importing import imported
from domain.index_commands import NOT_SEARCHED_ON
from domain.index_events import IndexCompleted, IndexEvent, IndexRequested
from domain.jobs import Job, JobKind, JobStatus
from domain.reference_events import ReferenceEvent
from domain.tokenization_events import (
    ExportCompleted,
    ExportRequested,
    TokenizationCompleted,
    TokenizationDeleted,
    TokenizationEngineFellBack,
    TokenizationPinned,
    TokenizationPurged,
    TokenizationRequested,
)
from domain.trash_events import DatasetPurged, DatasetPurgeRequested, DatasetRestored, DatasetTrashed, TrashEvent

WORKING = {JobKind.DOWNLOAD: DatasetStatus.DOWNLOADING, JobKind.INGEST: DatasetStatus.INGESTING}


BEGINNINGS = past.DownloadRequested | past.UploadReceived | ImportRequested


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
    if isinstance(event, BEGINNINGS):
        return _begun(dataset_id, event)
    assert state is not None, "a stream begins with a request"
    assert not isinstance(event, past.PresetEvent), "a dataset's stream has events of datasets alone"
    if isinstance(event, TokenizationRequested | ExportRequested | TokenizationDeleted):
        return _asked_of_tokens(state, event)
    if isinstance(event, DescribeEvent | ReferenceEvent):
        return _said(state, event)
    if isinstance(event, TrashEvent):
        return _trash_changed(state, event)
    if isinstance(event, IndexEvent):
        return _index_changed(state, event)
    if isinstance(event, DamageFound):
        return _damage_found(state, state.jobs[event.job_id], event)
    return _job_changed(state, state.jobs[event.job_id], event)


def _said(state: Dataset, event: DescribeEvent | ReferenceEvent) -> Dataset:
    """What somebody says of a dataset changes nothing of its data."""
    said = replace(state, version=state.version + 1)
    match event:
        case DatasetDescribed():
            return replace(said, description=state.description.after(event))
        case TextColumnChosen():
            return replace(said, text_column=event.text_column, has_figures=False)
    return replace(said, references=tuple(event.references))


def _begun(dataset_id: str, event: BEGINNINGS) -> Dataset:
    match event:
        case past.DownloadRequested():
            return _next(
                _download_requested(dataset_id, event), Job(event.job_id, JobKind.DOWNLOAD, secret=event.secret)
            )
        case past.UploadReceived():
            return _next(_upload_received(dataset_id, event), Job(event.job_id, JobKind.INGEST))
        case ImportRequested():
            return _next(imported(dataset_id, event), Job(event.job_id, JobKind.DOWNLOAD))


def _download_requested(dataset_id: str, event: past.DownloadRequested) -> Dataset:
    return Dataset(
        id=dataset_id,
        status=DatasetStatus.QUEUED,
        description=Description(event.name, tuple(event.tags)),
        source=event.source,
        allow_duplicate=event.allow_duplicate,
        asked_text_column=event.text_column,
        on_error=event.on_error,
    )


def _upload_received(dataset_id: str, event: past.UploadReceived) -> Dataset:
    return Dataset(
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


def _next(state: Dataset, job: Job, **changes: Any) -> Dataset:
    """The next version of the state, with the job as it is now."""
    return replace(state, version=state.version + 1, jobs={**state.jobs, job.id: job}, **changes)


def _asked_of_tokens(state: Dataset, event: TokenizationRequested | ExportRequested | TokenizationDeleted) -> Dataset:
    match event:
        case TokenizationRequested():
            return _tokenization_requested(state, event)
        case ExportRequested():
            return _export_requested(state, event)
        case TokenizationDeleted():
            return _tokenization_deleted(state, event)


def _tokenization_deleted(state: Dataset, event: TokenizationDeleted) -> Dataset:
    """The jobs that made it stay in the story."""
    gone = event.tokenization_id
    left = {key: one for key, one in state.tokenizations.items() if key != gone}
    exports = {job_id: export for job_id, export in state.exports.items() if export.tokenization_id != gone}
    purge = Job(event.job_id, JobKind.PURGE, tokenization_id=gone)
    removals = {**state.removals, purge.id: tuple(event.jobs)}
    return _next(state, purge, tokenizations=left, exports=exports, removals=removals)


def _tokenization_requested(state: Dataset, event: TokenizationRequested) -> Dataset:
    made = Tokenization(
        id=event.tokenization_id,
        job_id=event.job_id,
        version=state.version + 1,
        tokenizer=event.tokenizer,
        revision=event.revision,
        asked=event.recipe,
        recipe=event.recipe,
        text_column=state.text_column,
        made_of=data_of(state),
    )
    job = Job(event.job_id, JobKind.TOKENIZE, tokenization_id=made.id, secret=event.secret)
    return _next(state, job, tokenizations={**state.tokenizations, made.id: made})


def _export_requested(state: Dataset, event: ExportRequested) -> Dataset:
    made = Export(event.export_id, event.tokenization_id, event.format, state.version + 1)
    job = Job(event.job_id, JobKind.EXPORT, tokenization_id=event.tokenization_id)
    return _next(state, job, exports={**state.exports, job.id: made})


def _index_changed(state: Dataset, event: IndexEvent) -> Dataset:
    """What is NOT_SEARCHED_ON is searched no more; any other index is until the next one is whole."""
    match event:
        case IndexRequested():
            before = None if event.reason in NOT_SEARCHED_ON else state.index
            made = Index(event.job_id, state.version + 1, None if before is None else before.folder)
            return _next(state, Job(event.job_id, JobKind.INDEX), index=made)
        case IndexCompleted():
            assert state.index is not None, "an index is asked for before it is whole"
            done = state.jobs[event.job_id].in_state(JobStatus.SUCCEEDED)
            has_figures = state.has_figures or event.statistics is not None
            return _next(state, done, index=replace(state.index, folder=event.folder), has_figures=has_figures)


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
            return _ingested(state, done, event)
        case TokenizationPinned():
            pinned = {"commit": event.tokenizer_commit, "recipe": event.recipe, "pinned_hash": event.recipe_hash}
            return _tokenization_changed(state, job, **pinned)
        case TokenizationEngineFellBack():
            return _tokenization_changed(state, job, has_fallen_back=True)
        case TokenizationCompleted():
            return _tokenization_changed(state, done, folder=event.folder)
        case TokenizationPurged():
            return _next(state, done)
        case ExportCompleted():
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


def _ingested(state: Dataset, done: Job, event: past.IngestCompleted) -> Dataset:
    """An index of data that was here before is searched no more: it may be of other rows."""
    index = None if state.index is None else replace(state.index, folder=None)
    splits = tuple(split["name"] for split in event.splits)
    ready = {"status": DatasetStatus.READY, "folder": event.folder, "text_column": event.text_column}
    columns = {column["name"]: bool(column["isText"]) for column in event.columns}
    kept = event.originals_kept
    return _next(state, done, splits=splits, columns=columns, originals_kept=kept, index=index, **ready)


def _retried(state: Dataset, job: Job, event: past.JobRetryRequested) -> Dataset:
    """A run that begins anew looks anew for what it works on."""
    again = job.retried(event.attempt, event.secret)
    if event.anew and job.kind == JobKind.TOKENIZE:
        asked = state.tokenizations[str(job.tokenization_id)].asked
        found = {"commit": None, "recipe": asked, "pinned_hash": None, "has_fallen_back": False}
        return _tokenization_changed(state, again, made_of=data_of(state), **found)
    changes = {"pin": None} if event.anew and job.kind == JobKind.DOWNLOAD else {}
    return _with_status(state, again, DatasetStatus.QUEUED, **changes)


def _damage_found(state: Dataset, job: Job, event: DamageFound) -> Dataset:
    """The folder is not read any more; nor are originals that were not kept beside it. What was chosen stays."""
    if job.tokenization_id is not None and job.kind == JobKind.TOKENIZE:
        return _tokenization_changed(state, job, folder=None)
    if job.id in state.exports:
        return _next(state, job, exports={**state.exports, job.id: replace(state.exports[job.id], folder=None)})
    if event.folder == state.downloaded:
        return _next(state, job, downloaded=None, originals_kept=False)
    originals = {} if state.originals_kept else {"downloaded": None}
    return _next(state, job, folder=None, asked_text_column=state.text_column, has_figures=True, **originals)


def _tokenization_changed(state: Dataset, job: Job, **changes: Any) -> Dataset:
    assert job.tokenization_id is not None
    changed = replace(state.tokenizations[job.tokenization_id], **changes)
    return _next(state, job, tokenizations={**state.tokenizations, changed.id: changed})


def _with_status(state: Dataset, job: Job, status: DatasetStatus | None, **changes: Any) -> Dataset:
    """The dataset follows the jobs that bring it; what is done with a ready one leaves its status alone."""
    if job.kind in WORKING and status is not None:
        changes["status"] = status
    return _next(state, job, **changes)
