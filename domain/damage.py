"""Published files that are no longer what was written: what they were of fails, and a retry makes it anew. Pure: no
clock, no I/O."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from domain.damage_commands import ReportDamage
from domain.damage_events import DamageFound
from domain.dataset import Dataset
from domain.errors import ErrorCode, Refused
from domain.events import Event, JobCancelRequested, JobFailed
from domain.jobs import Job, JobKind, JobStatus

PATHS_TOLD = 100
AGAIN = {
    "HUB": "Retry this job: the same commit is downloaded again, with a token where the repository asks for one.",
    "IMPORT": "Retry this job: the files of this machine are copied again, as they are now.",
}


class Published(StrEnum):
    """What a published folder holds."""

    DATA = "DATA"
    ORIGINALS = "ORIGINALS"
    INDEX = "INDEX"
    TOKENIZATION = "TOKENIZATION"
    EXPORT = "EXPORT"


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder that is named by an event, relative to the storage, and the job that published it."""

    path: str
    what: Published
    job_id: str


def folders_of(state: Dataset) -> Iterator[Folder]:
    """Every folder of the dataset that is read, originals first: they are what the rest is made of."""
    bringing = newest(state, JobKind.INGEST)
    if state.downloaded is not None:
        fetched = newest(state, JobKind.DOWNLOAD) or bringing
        assert fetched is not None, "files are brought by a job"
        yield Folder(state.downloaded, Published.ORIGINALS, fetched.id)
    if state.folder is not None:
        assert bringing is not None, "data comes from an ingest"
        yield Folder(state.folder, Published.DATA, bringing.id)
    if state.index is not None and state.index.folder is not None:
        yield Folder(state.index.folder, Published.INDEX, state.index.job_id)
    for tokenization in state.tokenizations.values():
        if tokenization.folder is not None:
            yield Folder(tokenization.folder, Published.TOKENIZATION, tokenization.job_id)
    for job_id, export in state.exports.items():
        if export.folder is not None:
            yield Folder(export.folder, Published.EXPORT, job_id)


def named_folders(state: Dataset) -> set[str]:
    """Every folder that an event of the dataset names, relative to the storage."""
    return {folder.path for folder in folders_of(state)}


def is_dropped(state: Dataset, folder: Folder) -> bool:
    """Whether these are originals that need not be there: their ingest is over, and they were not to be kept."""
    return folder.what == Published.ORIGINALS and state.folder is not None and not state.originals_kept


def newest(state: Dataset, kind: JobKind) -> Job | None:
    """The job of this kind that was asked for last."""
    return next((job for job in reversed(list(state.jobs.values())) if job.kind == kind), None)


def report_damage(state: Dataset, command: ReportDamage) -> Sequence[Event]:
    """None where nothing is read of the folder any more, or of an index, which is asked for again instead. What works
    on it is stopped: it would make more of the damage."""
    folder = next((one for one in folders_of(state) if one.path == command.folder), None)
    if folder is None or folder.what == Published.INDEX or is_dropped(state, folder):
        return []
    _check_is_not_being_read(state, folder)
    again = _again(state, folder)
    found = DamageFound(
        job_id=folder.job_id,
        what=folder.what,
        folder=folder.path,
        paths=tuple(command.paths[:PATHS_TOLD]),
        count=len(command.paths),
        again=None if again is None else again.id,
    )
    stopped = [JobCancelRequested(job_id=job.id, kind=job.kind) for job in _readers(state, folder)]
    return [found, *stopped, *([] if again is None else [_failed(state, folder, again, command)])]


def check_again(state: Dataset, job: Job) -> None:
    """Refuses to retry what has nothing left to work on."""
    if job.kind == JobKind.INGEST and newest(state, JobKind.INGEST) != job:
        message = "The files were downloaded again since: retry the newest job of this dataset."
        raise Refused(ErrorCode.INVALID_TRANSITION, message, status=job.status)
    if job.kind == JobKind.INGEST and state.downloaded is None:
        message = "The file that was sent is not there any more: send it again, and delete this dataset."
        if newest(state, JobKind.DOWNLOAD) is not None:
            message = "The downloaded files are not there any more: retry the download instead."
        raise Refused(ErrorCode.INVALID_TRANSITION, message, status=job.status)
    if job.kind == JobKind.TOKENIZE and state.folder is None:
        message = "The data of this dataset is damaged: have it made again first, by a retry of the job that failed."
        raise Refused(ErrorCode.NOT_READY, message, status=job.status)
    if job.kind == JobKind.EXPORT and state.tokenizations[state.exports[job.id].tokenization_id].folder is None:
        message = "The tokenization is damaged: retry its job first, then export it."
        raise Refused(ErrorCode.NOT_READY, message, status=job.status)


def _check_is_not_being_read(state: Dataset, folder: Folder) -> None:
    """An ingest finds out by itself, and whoever asks comes again."""
    bringing = newest(state, JobKind.INGEST)
    if folder.what == Published.ORIGINALS and bringing is not None and bringing.is_open:
        message = "The files are being read: wait until the ingest is over."
        raise Refused(ErrorCode.IN_USE, message, jobs=(bringing.id,))


def _readers(state: Dataset, folder: Folder) -> list[Job]:
    """The jobs under way that read the folder, and are not being stopped yet."""
    jobs = [job for job in state.jobs.values() if job.is_open and job.status != JobStatus.CANCELLING]
    if folder.what == Published.DATA:
        return [job for job in jobs if job.kind in (JobKind.INDEX, JobKind.TOKENIZE)]
    if folder.what == Published.TOKENIZATION:
        exports = [job for job in jobs if job.kind == JobKind.EXPORT]
        made_of = [state.tokenizations[state.exports[job.id].tokenization_id].folder for job in exports]
        return [job for job, read in zip(exports, made_of, strict=True) if read == folder.path]
    return []


def _again(state: Dataset, folder: Folder) -> Job | None:
    """The job that makes anew what was lost: the one that made it, or for data without its files the download. Files
    that nothing is to be made of any more are not missed."""
    if folder.what in (Published.TOKENIZATION, Published.EXPORT):
        return state.jobs[folder.job_id]
    if folder.what == Published.ORIGINALS and state.folder is not None:
        return None
    fetching, bringing = newest(state, JobKind.DOWNLOAD), newest(state, JobKind.INGEST)
    if folder.what == Published.DATA and state.originals_kept:
        return bringing
    return fetching or bringing


def _failed(state: Dataset, folder: Folder, again: Job, command: ReportDamage) -> JobFailed:
    is_lost = again.kind == JobKind.INGEST and not (folder.what == Published.DATA and state.originals_kept)
    if is_lost:
        advice = "The file that was sent is not kept: send it again, and delete this dataset."
    elif again.kind == JobKind.DOWNLOAD:
        advice = AGAIN[state.source["kind"]]
    else:
        advice = "Retry this job: it is made again."
    how = "gone" if command.code == ErrorCode.CORRUPT_DATA else "no longer what was written"
    files = f"{len(command.paths):,} files are" if len(command.paths) > 1 else f"{command.paths[0]} is"
    message = f"{files} {how}. {advice} Check the disk, too."
    return JobFailed(job_id=again.id, kind=again.kind, code=command.code, message=message, retryable=not is_lost)
