"""What follows from a command: `decide(state, command)` gives events or raises Refused. Pure: no clock, no I/O."""

from collections.abc import Sequence

from domain import commands as ask
from domain import events as past
from domain.conservation import check_conservation
from domain.dataset import Dataset, DatasetStatus, recipe_hash
from domain.engine_fallback import fall_back_engine
from domain.errors import ErrorCode, Refused
from domain.exports import complete_export, request_export
from domain.jobs import ENDED_BADLY, NO_LONGER_KEPT, Job, JobKind, JobStatus, fail_attempt


def decide(state: Dataset | None, command: ask.Command) -> Sequence[past.Event]:
    """The events that a command leads to; none where it has happened before. Raises Refused."""
    if isinstance(command, ask.DownloadDataset):
        return _request_download(state, command)
    if isinstance(command, ask.UploadDataset):
        return _receive_upload(state, command)
    if state is None:
        raise Refused(ErrorCode.NOT_FOUND, "There is no such dataset.", "datasetId")
    if isinstance(command, ask.TokenizeDataset):
        return _request_tokenization(state, command)
    if isinstance(command, ask.ExportTokenization):
        return request_export(state, command)
    job = state.jobs.get(command.job_id)
    if job is None:
        raise Refused(ErrorCode.NOT_FOUND, "There is no such job.", "jobId")
    return _decide_job(state, job, command)


def _request_download(state: Dataset | None, command: ask.DownloadDataset) -> Sequence[past.Event]:
    if state is not None:
        raise Refused(ErrorCode.INVALID_TRANSITION, "This dataset exists already.", status=state.status)
    source = {
        "kind": "HUB",
        "repository": command.repository,
        "revision": command.revision,
        "config": command.config,
        "splits": sorted(set(command.splits)) if command.splits else None,
        "files": sorted(set(command.files)) if command.files else None,
        "maxRows": command.max_rows,
        "maxBytes": command.max_bytes,
    }
    return [
        past.DownloadRequested(
            job_id=command.job_id,
            source=source,
            name=command.name or command.repository,
            text_column=command.text_column,
            tags=tuple(command.tags),
            allow_duplicate=command.allow_duplicate,
            secret=command.secret,
            on_error=command.on_error,
        )
    ]


def _receive_upload(state: Dataset | None, command: ask.UploadDataset) -> Sequence[past.Event]:
    if state is not None:
        raise Refused(ErrorCode.INVALID_TRANSITION, "This dataset exists already.", status=state.status)
    source = {
        "kind": "UPLOAD",
        "fileName": command.file_name,
        "format": command.format,
        "sizeBytes": command.size_bytes,
        "sha256": command.sha256,
    }
    return [
        past.UploadReceived(
            job_id=command.job_id,
            source=source,
            name=command.name or command.file_name,
            folder=command.folder,
            files=({"path": command.path, "split": command.split},),
            text_column=command.text_column,
            on_error=command.on_error,
        )
    ]


def _request_tokenization(state: Dataset, command: ask.TokenizeDataset) -> Sequence[past.Event]:
    if state.status != DatasetStatus.READY:
        raise Refused(
            ErrorCode.NOT_READY,
            f"Only a READY dataset is tokenized; this one is {state.status}.",
            "datasetId",
        )
    if command.tokenization_id in state.tokenizations or command.job_id in state.jobs:
        raise Refused(ErrorCode.INVALID_TRANSITION, "This tokenization exists already.", status=state.status)
    if state.text_column is None:
        raise Refused(ErrorCode.COLUMN_NOT_TEXT, "This dataset has no text column.", "recipe", "textColumns")
    unknown = sorted(set(command.recipe.get("splits") or ()) - set(state.splits))
    if unknown:
        known = ", ".join(state.splits)
        raise Refused(
            ErrorCode.SPLIT_NOT_FOUND,
            f"There is no split {unknown[0]}; there are {known}.",
            "recipe",
            "splits",
        )
    return [
        past.TokenizationRequested(
            tokenization_id=command.tokenization_id,
            job_id=command.job_id,
            tokenizer=command.tokenizer,
            revision=command.revision,
            recipe=dict(command.recipe),
            recipe_hash=recipe_hash(command.tokenizer, command.recipe, command.revision),
            secret=command.secret,
        )
    ]


def _decide_job(  # noqa: C901, PLR0911  one line a command
    state: Dataset, job: Job, command: ask.Command
) -> Sequence[past.Event]:
    match command:
        case ask.StartJob():
            return _start(job)
        case ask.PinDownload():
            return _pin_download(state, job, command)
        case ask.CompleteDownload():
            return _complete_download(job, command)
        case ask.CompleteIngest():
            return _complete_ingest(job, command)
        case ask.PinTokenization():
            return _pin_tokenization(state, job, command)
        case ask.FallBackTokenizationEngine():
            _require(job, JobKind.TOKENIZE)
            return fall_back_engine(state, job, command)
        case ask.CompleteTokenization():
            return _complete_tokenization(job, command)
        case ask.CompleteExport():
            _require(job, JobKind.EXPORT)
            return complete_export(state, job, command)
        case ask.FailAttempt():
            return fail_attempt(job, command)
        case ask.CancelJob():
            return _cancel(job)
        case ask.ConfirmCancel():
            return [past.JobCancelled(job_id=job.id, kind=job.kind)] if job.status == JobStatus.CANCELLING else []
        case ask.RetryJob():
            return _retry(job, command)
    raise TypeError(f"No decision for {command!r}")


def _require(job: Job, kind: JobKind) -> None:
    if job.kind != kind or job.status != JobStatus.RUNNING:
        raise Refused(
            ErrorCode.INVALID_TRANSITION,
            f"This {job.kind} job is {job.status}, not RUNNING.",
            status=job.status,
        )


def _start(job: Job) -> Sequence[past.Event]:
    if job.status == JobStatus.RUNNING:
        return []
    if job.status != JobStatus.QUEUED:
        raise Refused(ErrorCode.INVALID_TRANSITION, f"This job is {job.status}.", status=job.status)
    return [past.JobStarted(job_id=job.id, kind=job.kind, attempt=job.attempt)]


def _pin_download(state: Dataset, job: Job, command: ask.PinDownload) -> Sequence[past.Event]:
    _require(job, JobKind.DOWNLOAD)
    if state.pin is not None:
        return []
    return [
        past.DownloadPinned(
            job_id=job.id,
            commit=command.commit,
            config=command.config,
            splits=tuple(command.splits),
            license=command.license,
            format=dict(command.format),
            files=tuple(command.files),
            size_bytes=command.size_bytes,
            repository=command.repository,
        )
    ]


def _complete_download(job: Job, command: ask.CompleteDownload) -> Sequence[past.Event]:
    _require(job, JobKind.DOWNLOAD)
    return [
        past.DownloadCompleted(
            job_id=job.id,
            folder=command.folder,
            size_bytes=command.size_bytes,
            ingest_job_id=command.ingest_job_id,
            files=None if command.files is None else tuple(command.files),
        )
    ]


def _complete_ingest(job: Job, command: ask.CompleteIngest) -> Sequence[past.Event]:
    _require(job, JobKind.INGEST)
    return [
        past.IngestCompleted(
            job_id=job.id,
            folder=command.folder,
            splits=tuple(command.splits),
            columns=tuple(command.columns),
            text_column=command.text_column,
            row_count=command.row_count,
            size_bytes=command.size_bytes,
            statistics=command.statistics,
            originals_kept=command.originals_kept,
            skipped_rows=command.skipped_rows,
            skipped=tuple(command.skipped),
        )
    ]


def _pin_tokenization(state: Dataset, job: Job, command: ask.PinTokenization) -> Sequence[past.Event]:
    _require(job, JobKind.TOKENIZE)
    assert job.tokenization_id is not None
    pinned = state.tokenizations[job.tokenization_id].commit
    if pinned is not None and pinned != command.tokenizer_commit:
        raise Refused(
            ErrorCode.TOKENIZATION_FAILED,
            f"The tokenizer is no longer the one that this run began with ({pinned[:12]}): tokenize again.",
        )
    if pinned is not None:
        return []
    commit = state.pin.commit if state.pin else state.source.get("sha256")
    return [
        past.TokenizationPinned(
            tokenization_id=job.tokenization_id,
            job_id=job.id,
            tokenizer_commit=command.tokenizer_commit,
            recipe=dict(command.recipe),
            recipe_hash=recipe_hash("", command.recipe, commit, command.tokenizer_commit),
            vocabulary_size=command.vocabulary_size,
        )
    ]


def _complete_tokenization(job: Job, command: ask.CompleteTokenization) -> Sequence[past.Event]:
    _require(job, JobKind.TOKENIZE)
    assert job.tokenization_id is not None
    check_conservation(command.statistics)
    return [
        past.TokenizationCompleted(
            tokenization_id=job.tokenization_id,
            job_id=job.id,
            folder=command.folder,
            size_bytes=command.size_bytes,
            statistics=dict(command.statistics),
        )
    ]


def _cancel(job: Job) -> Sequence[past.Event]:
    if job.status == JobStatus.CANCELLING:
        return []
    if not job.is_open:
        raise Refused(
            ErrorCode.INVALID_TRANSITION,
            f"This job is {job.status}; there is nothing to cancel.",
            status=job.status,
        )
    return [past.JobCancelRequested(job_id=job.id, kind=job.kind)]


def _retry(job: Job, command: ask.RetryJob) -> Sequence[past.Event]:
    if job.status not in ENDED_BADLY:
        raise Refused(
            ErrorCode.INVALID_TRANSITION,
            f"Only a failed or cancelled job is retried; this one is {job.status}.",
            status=job.status,
        )
    anew = job.status == JobStatus.CANCELLED
    # with its cancel a job's token is forgotten, and after a day in any case
    if command.secret is None and job.secret is not None and (anew or job.secret == command.gone):
        raise Refused(ErrorCode.AUTHENTICATION_REQUIRED, NO_LONGER_KEPT, "accessToken")
    return [
        past.JobRetryRequested(
            job_id=job.id,
            kind=job.kind,
            attempt=job.attempt + 1,
            anew=anew,
            secret=command.secret,
        )
    ]
