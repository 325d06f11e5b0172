"""The search index of a dataset: what follows from asking for it, and from its end. Pure: no clock, no I/O.

It is made of the dataset and can be made again, so it is in nobody's way: a newer request takes the place of one that
is under way where that would build what is wanted no more, and a delete stops it.
"""

from collections.abc import Sequence
from uuid import UUID, uuid5

from domain.commands import DatasetCommand
from domain.dataset import Dataset, DatasetStatus, Earlier
from domain.errors import ErrorCode, Refused
from domain.events import Event, JobCancelRequested
from domain.index_commands import CompleteIndex, IndexDataset, IndexReason
from domain.index_events import IndexCompleted, IndexRequested
from domain.jobs import WORKABLE, Job, JobKind, JobStatus

# Of this project, and arbitrary.
NAMESPACE = UUID("8a4de0a2-7f06-4a6c-8f5b-2f3d7c1b9e64")
STOPPED = frozenset({JobStatus.CANCELLING, JobStatus.CANCELLED})


def index_dataset(state: Dataset, command: IndexDataset) -> Sequence[Event]:
    """None where an index is being built, or what is damaged is not searched any more."""
    if state.status != DatasetStatus.READY:
        message = f"Only a READY dataset is indexed; this one is {state.status}."
        raise Refused(ErrorCode.NOT_READY, message, "datasetId")
    if not any(state.columns.values()):
        message = "This dataset has no text column, so there is nothing to be searched."
        raise Refused(ErrorCode.COLUMN_NOT_TEXT, message, "datasetId")
    is_known = command.job_id in state.jobs or _builder(state) is not None
    if is_known or (command.reason == IndexReason.DAMAGED and _searched(state) != command.damaged_folder):
        return []
    return request_index(state, command.job_id, command.reason)


def request_index(state: Dataset, job_id: str, reason: IndexReason) -> Sequence[Event]:
    """Build the index by this job, instead of one that is being built; None where there is nothing to be searched.

    The job works with the language and the text column that the dataset has from the same append on, so whatever
    changes them asks for a new index.
    """
    if state.status != DatasetStatus.READY or not any(state.columns.values()):
        return []
    return [*cancel_index(state), IndexRequested(job_id=job_id, reason=reason)]


def earlier_index(state: Dataset | None, command: DatasetCommand) -> Earlier | None:
    """The index that is being built."""
    if state is None or state.index is None or not isinstance(command, IndexDataset) or _builder(state) is None:
        return None
    return Earlier(state.index.version, {"dataset": state.id, "job": state.index.job_id})


def complete_index(job: Job, command: CompleteIndex) -> Sequence[Event]:
    """The index takes the place of the one that was here."""
    return [
        IndexCompleted(
            job_id=job.id,
            folder=command.folder,
            size_bytes=command.size_bytes,
            sums_sha256=command.sums_sha256,
            rows=command.rows,
            indexed_rows=command.indexed_rows,
            language=command.language,
            parts=command.parts,
            statistics=command.statistics,
        )
    ]


def check_index_retry(state: Dataset, job: Job) -> None:
    """Refuses to go on with what a newer job was asked for since: parts of both would not fit together."""
    if job.kind == JobKind.INDEX and (state.index is None or state.index.job_id != job.id):
        message = "A newer job has been asked for this index since: index the dataset again instead."
        raise Refused(ErrorCode.INVALID_TRANSITION, message, status=job.status)


def cancel_index(state: Dataset) -> Sequence[Event]:
    """Stop the index that is being built, if one is."""
    job = _builder(state)
    return [] if job is None else [JobCancelRequested(job_id=job.id, kind=job.kind)]


def resume_index(state: Dataset) -> Sequence[Event]:
    """Of a dataset that leaves the trash: the index that was stopped is built, by a job of its own."""
    if state.index is None or state.jobs[state.index.job_id].status not in STOPPED:
        return []
    return [IndexRequested(job_id=next_index_job_id(state), reason=IndexReason.RESTORED)]


def next_index_job_id(state: Dataset) -> str:
    """The id of a job that nobody asks for by itself: each version of a dataset leads to one at most."""
    return str(uuid5(NAMESPACE, f"index:{state.id}:{state.version}"))


def _searched(state: Dataset) -> str | None:
    return None if state.index is None else state.index.folder


def _builder(state: Dataset) -> Job | None:
    """The job that builds an index now: it is the newest that was asked for."""
    job = None if state.index is None else state.jobs[state.index.job_id]
    return job if job is not None and job.status in WORKABLE else None
