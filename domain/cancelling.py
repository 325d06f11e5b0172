"""Jobs that are called off, and those that are tried again. Pure: no clock, no I/O."""

from collections.abc import Sequence

from domain import commands as ask
from domain import events as past
from domain.damage import check_again
from domain.dataset import Dataset
from domain.errors import ErrorCode, Refused
from domain.indexing import check_index_retry
from domain.jobs import ENDED_BADLY, NO_LONGER_KEPT, Job, JobKind, JobStatus, retry_of
from domain.tokenizations import check_retry


def cancel(job: Job) -> Sequence[past.Event]:
    """None where that was asked for before."""
    if job.status == JobStatus.CANCELLING:
        return []
    if not job.is_open:
        raise Refused(
            ErrorCode.INVALID_TRANSITION,
            f"This job is {job.status}; there is nothing to cancel.",
            status=job.status,
        )
    if job.kind == JobKind.PURGE:
        raise Refused(ErrorCode.INVALID_TRANSITION, "A purge is not called off.", status=job.status)
    return [past.JobCancelRequested(job_id=job.id, kind=job.kind)]


def confirm_cancel(state: Dataset, job: Job) -> Sequence[past.Event]:
    """The purge of a dataset that was being indexed may be over first: then its story is, too."""
    is_over = job.status != JobStatus.CANCELLING or state.is_purged
    return [] if is_over else [past.JobCancelled(job_id=job.id, kind=job.kind)]


def retry(state: Dataset, job: Job, command: ask.RetryJob) -> Sequence[past.Event]:
    """A failed job goes on, a cancelled one begins anew."""
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
    check_retry(state, job)
    check_index_retry(state, job)
    check_again(state, job)
    return [retry_of(job, command.secret)]
