"""What follows from a command: `decide(state, command)` gives events or raises Refused. Pure: no clock, no I/O."""

from collections.abc import Sequence

from domain import commands as ask
from domain import events as past
from domain.cancelling import cancel, confirm_cancel, retry
from domain.damage import report_damage
from domain.damage_commands import ReportDamage
from domain.dataset import Dataset, Earlier, Tokenization
from domain.deleting import delete_tokenization
from domain.describe_commands import DescribeDataset
from domain.describing import describe
from domain.engine_fallback import fall_back_engine
from domain.errors import ErrorCode, Refused
from domain.evolve import evolve
from domain.exports import complete_export, earlier_export, request_export
from domain.import_commands import ImportDataset
from domain.importing import request_import
from domain.index_commands import CompleteIndex, IndexDataset, IndexReason
from domain.indexing import complete_index, earlier_index, index_dataset, request_index
from domain.jobs import Job, JobKind, JobStatus, fail_attempt
from domain.reference_commands import ReferenceDataset, ReleaseDataset
from domain.references import decide_references
from domain.tokenization_commands import (
    CompleteExport,
    CompleteTokenization,
    DeleteTokenization,
    ExportTokenization,
    FallBackTokenizationEngine,
    PinTokenization,
    TokenizeDataset,
)
from domain.tokenizations import (
    complete_tokenization,
    earlier_tokenization,
    pin_tokenization,
    request_tokenization,
)
from domain.trash import check_goes_on, complete_purge, decide_end
from domain.trash_commands import CompletePurge, DeleteDataset, ExpireDataset, RestoreDataset

# What a dataset begins with.
BEGINNINGS = ask.DownloadDataset | ask.UploadDataset | ImportDataset
# What is asked of a dataset that is here, or said of it; all else is about one of its jobs.
OF_DATASETS = (
    DescribeDataset
    | TokenizeDataset
    | ExportTokenization
    | DeleteTokenization
    | IndexDataset
    | ReferenceDataset
    | ReleaseDataset
    | ReportDamage
)


def decide(state: Dataset | None, command: ask.DatasetCommand) -> Sequence[past.Event]:
    """The events that a command leads to; none where it has happened before. Raises Refused."""
    if isinstance(command, BEGINNINGS):
        return _begin(state, command)
    if state is None:
        raise Refused(ErrorCode.NOT_FOUND, "There is no such dataset.", "datasetId")
    if isinstance(command, DeleteDataset | RestoreDataset | ExpireDataset):
        return decide_end(state, command)
    check_goes_on(state, command)
    if isinstance(command, OF_DATASETS):
        return _decide_dataset(state, command)
    job = state.jobs.get(command.job_id)
    if job is None:
        raise Refused(ErrorCode.NOT_FOUND, "There is no such job.", "jobId")
    return _decide_job(state, job, command)


def _decide_dataset(  # noqa: PLR0911  one line a command
    state: Dataset, command: OF_DATASETS
) -> Sequence[past.Event]:
    match command:
        case DescribeDataset():
            return describe(state, command)
        case TokenizeDataset():
            return request_tokenization(state, command)
        case ExportTokenization():
            return request_export(state, command)
        case DeleteTokenization():
            return delete_tokenization(state, command)
        case IndexDataset():
            return index_dataset(state, command)
        case ReferenceDataset() | ReleaseDataset():
            return decide_references(state, command)
        case ReportDamage():
            return report_damage(state, command)


def earlier(state: Dataset | None, command: ask.DatasetCommand) -> Earlier | None:
    """What a command that leads to nothing now led to before."""
    return earlier_tokenization(state, command) or earlier_export(state, command) or earlier_index(state, command)


def _begin(state: Dataset | None, command: BEGINNINGS) -> Sequence[past.Event]:
    if state is not None:
        raise Refused(ErrorCode.INVALID_TRANSITION, "This dataset exists already.", status=state.status)
    match command:
        case ask.DownloadDataset():
            return _request_download(command)
        case ask.UploadDataset():
            return _receive_upload(command)
        case ImportDataset():
            return request_import(command)


def _request_download(command: ask.DownloadDataset) -> Sequence[past.Event]:
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


def _receive_upload(command: ask.UploadDataset) -> Sequence[past.Event]:
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


def _decide_job(  # noqa: C901, PLR0911, PLR0912  one line a command
    state: Dataset, job: Job, command: ask.DatasetCommand
) -> Sequence[past.Event]:
    match command:
        case ask.StartJob():
            return _start(job)
        case ask.PinDownload():
            return _pin_download(state, job, command)
        case ask.CompleteDownload():
            return _complete_download(state, job, command)
        case ask.CompleteIngest():
            return _complete_ingest(state, job, command)
        case PinTokenization():
            return pin_tokenization(state, _tokenization(state, job), command)
        case FallBackTokenizationEngine():
            return fall_back_engine(_tokenization(state, job), command)
        case CompleteTokenization():
            return complete_tokenization(_tokenization(state, job), command)
        case CompleteExport():
            _require(job, JobKind.EXPORT)
            return complete_export(state, job, command)
        case CompleteIndex():
            _require(job, JobKind.INDEX)
            return complete_index(job, command)
        case CompletePurge():
            _require(job, JobKind.PURGE)
            return complete_purge(state, job, command)
        case ask.FailAttempt():
            return fail_attempt(job, command)
        case ask.CancelJob():
            return cancel(job)
        case ask.ConfirmCancel():
            return confirm_cancel(state, job)
        case ask.RetryJob():
            return retry(state, job, command)
    raise TypeError(f"No decision for {command!r}")


def _require(job: Job, kind: JobKind) -> None:
    if job.kind != kind or job.status != JobStatus.RUNNING:
        raise Refused(
            ErrorCode.INVALID_TRANSITION,
            f"This {job.kind} job is {job.status}, not RUNNING.",
            status=job.status,
        )


def _require_new(state: Dataset, job_id: str | None) -> None:
    """What is done once more is followed by another job than before."""
    if job_id is not None and job_id in state.jobs:
        raise Refused(ErrorCode.INVALID_TRANSITION, "There is such a job already.", status=state.jobs[job_id].status)


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


def _complete_download(state: Dataset, job: Job, command: ask.CompleteDownload) -> Sequence[past.Event]:
    _require(job, JobKind.DOWNLOAD)
    _require_new(state, command.ingest_job_id)
    return [
        past.DownloadCompleted(
            job_id=job.id,
            folder=command.folder,
            size_bytes=command.size_bytes,
            sums_sha256=command.sums_sha256,
            ingest_job_id=command.ingest_job_id,
            files=None if command.files is None else tuple(command.files),
        )
    ]


def _complete_ingest(state: Dataset, job: Job, command: ask.CompleteIngest) -> Sequence[past.Event]:
    _require(job, JobKind.INGEST)
    _require_new(state, command.index_job_id)
    done = past.IngestCompleted(
        job_id=job.id,
        folder=command.folder,
        splits=tuple(command.splits),
        columns=tuple(command.columns),
        text_column=command.text_column,
        row_count=command.row_count,
        size_bytes=command.size_bytes,
        sums_sha256=command.sums_sha256,
        statistics=command.statistics,
        originals_kept=command.originals_kept,
        skipped_rows=command.skipped_rows,
        skipped=tuple(command.skipped),
    )
    if command.index_job_id is None:
        return [done]
    return [done, *request_index(evolve(state.id, state, done), command.index_job_id, IndexReason.READY)]


def _tokenization(state: Dataset, job: Job) -> Tokenization:
    """The one that the running job makes."""
    _require(job, JobKind.TOKENIZE)
    assert job.tokenization_id is not None
    return state.tokenizations[job.tokenization_id]
