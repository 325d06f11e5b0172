"""The end of a dataset's life: to the trash, back from it, or gone. Pure: no clock, no I/O."""

from collections.abc import Sequence
from uuid import UUID, uuid5

from domain.commands import ConfirmCancel, DatasetCommand, FailAttempt
from domain.dataset import Dataset, DatasetStatus
from domain.errors import ErrorCode, Refused
from domain.events import Event, JobCancelled
from domain.indexing import cancel_index, resume_index
from domain.jobs import ENDED_BADLY, Job, JobKind, retry_of
from domain.tokenization_events import TokenizationPurged
from domain.trash_commands import CompletePurge, DeleteDataset, ExpireDataset, RestoreDataset
from domain.trash_events import DatasetPurged, DatasetPurgeRequested, DatasetRestored, DatasetTrashed

# Of this project, and arbitrary: with it what is purged has one job for that, however often it is asked for.
NAMESPACE = UUID("0c6c1e9b-9d0e-4a37-8f0f-6f1d1c1a5b52")
# Reports of what is over already come late, lead to nothing, and must not stop whoever makes them.
REPORTS = FailAttempt | ConfirmCancel
GONE = "There is no such dataset."
IN_NOBODYS_WAY = frozenset({JobKind.INDEX, JobKind.PURGE})
# A message names so many references, the refusal all of them.
MOST_NAMED = 5


def purge_job_id(of: str) -> str:
    """The id of the job that removes the files of a dataset, or of a tokenization."""
    return str(uuid5(NAMESPACE, f"purge:{of}"))


def check_goes_on(state: Dataset, command: DatasetCommand) -> None:
    """Refuses what cannot be done with a dataset that is in the trash or beyond."""
    if isinstance(command, REPORTS):
        return
    if state.is_purged:
        raise Refused(ErrorCode.NOT_FOUND, GONE, "datasetId")
    if state.status == DatasetStatus.TRASHED and not _is_removal(state, command):
        message = "This dataset is in the trash: restore it first."
        raise Refused(ErrorCode.INVALID_TRANSITION, message, status=state.status)
    if state.status == DatasetStatus.PURGING and getattr(command, "job_id", None) != purge_job_id(state.id):
        message = "This dataset is being purged: nothing can be done with it any more."
        raise Refused(ErrorCode.INVALID_TRANSITION, message, status=state.status)


def _is_removal(state: Dataset, command: DatasetCommand) -> bool:
    """Whether it is about a job that removes the files of a tokenization: that is in nobody's way."""
    return getattr(command, "job_id", None) in state.removals


def decide_end(state: Dataset, command: DeleteDataset | RestoreDataset | ExpireDataset) -> Sequence[Event]:
    """None where it has come so far already."""
    if state.is_purged:
        raise Refused(ErrorCode.NOT_FOUND, GONE, "datasetId")
    match command:
        case DeleteDataset():
            return _delete(state, command)
        case ExpireDataset():
            return _expire(state, command)
    return _restore(state)


def _expire(state: Dataset, command: ExpireDataset) -> Sequence[Event]:
    """None where it is in the trash no more, or beyond it."""
    if state.status != DatasetStatus.TRASHED:
        return []
    return [DatasetPurgeRequested(job_id=purge_job_id(state.id), after_days=command.days)]


def _delete(state: Dataset, command: DeleteDataset) -> Sequence[Event]:
    """A purge that failed goes on. IN_USE while it is referenced, or a job of it is open, but one that builds its
    index, which is stopped, or removes files."""
    if state.status == DatasetStatus.PURGING:
        purge = state.jobs[purge_job_id(state.id)]
        return [retry_of(purge)] if command.purge and purge.status in ENDED_BADLY else []
    _check_is_unused(state)
    trashed = [] if state.status == DatasetStatus.TRASHED else [*cancel_index(state), DatasetTrashed()]
    return [*trashed, DatasetPurgeRequested(job_id=purge_job_id(state.id))] if command.purge else trashed


def _check_is_unused(state: Dataset) -> None:
    using = [job for job in state.jobs.values() if job.is_open and job.kind not in IN_NOBODYS_WAY]
    if not using and not state.references:
        return
    kinds, names = ", ".join(job.kind for job in using), ", ".join(state.references[:MOST_NAMED])
    more = len(state.references) - MOST_NAMED
    why = [f"Jobs of this dataset are not over ({kinds}): cancel them or wait, then delete it."] if using else []
    why += [f"Used by {names}{f' and {more:,} more' if more > 0 else ''}: release it first."] if names else []
    jobs = tuple(job.id for job in using)
    raise Refused(ErrorCode.IN_USE, " ".join(why), "datasetId", jobs=jobs, references=state.references)


def _restore(state: Dataset) -> Sequence[Event]:
    """It takes its claims again, which another may hold by now; the index that the trash has stopped is built."""
    if state.status == DatasetStatus.PURGING:
        message = "This dataset is being purged: there is no way back."
        raise Refused(ErrorCode.INVALID_TRANSITION, message, status=state.status)
    if state.trashed_from is None:
        message = f"Only a dataset in the trash is restored; this one is {state.status}."
        raise Refused(ErrorCode.INVALID_TRANSITION, message, status=state.status)
    return [DatasetRestored(status=state.trashed_from), *resume_index(state)]


def complete_purge(state: Dataset, job: Job, command: CompletePurge) -> Sequence[Event]:
    """The end of the stream, and of what it found still to do; or of a tokenization's files. Refused while a file is
    left."""
    if command.files_left:
        message = f"{command.files_left:,} files are left: retry the job."
        raise Refused(ErrorCode.IN_USE, message)
    if job.tokenization_id is not None:
        of = job.tokenization_id
        return [TokenizationPurged(tokenization_id=of, job_id=job.id, bytes_freed=command.bytes_freed)]
    ended = [_ended(other) for other in state.jobs.values() if other.is_open and other.id != job.id]
    return [*ended, DatasetPurged(job_id=job.id, bytes_freed=command.bytes_freed)]


def _ended(job: Job) -> Event:
    """A removal of tokens, whose files went with all others and are counted with them; or an index that was stopped."""
    if job.kind == JobKind.PURGE:
        return TokenizationPurged(tokenization_id=str(job.tokenization_id), job_id=job.id, bytes_freed=0)
    return JobCancelled(job_id=job.id, kind=job.kind)
