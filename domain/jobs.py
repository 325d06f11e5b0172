"""A job of a dataset: its states, and what an attempt that failed leads to. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from domain.commands import FailAttempt
from domain.errors import ErrorCode
from domain.events import Event, JobAttemptFailed, JobFailed, JobRetryRequested

ATTEMPTS_IN_A_ROW = 3
FIRST_RETRY_SECONDS = 1.0
LONGEST_RETRY_SECONDS = 60.0
NO_LONGER_KEPT = "The token that was given for this job is no longer kept: retry it and give the token again."
# A server that asks for a longer wait than this is asked again all the same.
LONGEST_ASKED_SECONDS = 600.0


class JobKind(StrEnum):
    """What a job does."""

    DOWNLOAD = "DOWNLOAD"
    INGEST = "INGEST"
    INDEX = "INDEX"
    TOKENIZE = "TOKENIZE"
    EXPORT = "EXPORT"
    PURGE = "PURGE"


class JobStatus(StrEnum):
    """Where a job stands."""

    QUEUED = "QUEUED"
    RUNNING = "RUNNING"
    CANCELLING = "CANCELLING"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"


WORKABLE = frozenset({JobStatus.QUEUED, JobStatus.RUNNING})
OPEN = WORKABLE | {JobStatus.CANCELLING}
# Not tried again by itself, but worth a retry by hand: once a bug is mended, or some room was made.
WORTH_A_RETRY = frozenset({ErrorCode.INTERNAL, ErrorCode.INSUFFICIENT_STORAGE})
ENDED_BADLY = frozenset({JobStatus.FAILED, JobStatus.CANCELLED})


@dataclass(frozen=True, slots=True)
class Attempts:
    """Failed attempts in a row at one piece. `fence` is the newest one that was counted."""

    fence: int = 0
    losses: int = 0
    failures: int = 0


@dataclass(frozen=True, slots=True)
class Job:
    """One run. `attempt` counts from 1 and goes up with every retry that a person asks for.

    `secret` is the handle of the token that it was given; the token itself may be gone.
    """

    id: str
    kind: JobKind
    status: JobStatus = JobStatus.QUEUED
    attempt: int = 1
    tokenization_id: str | None = None
    attempts: Mapping[str, Attempts] = field(default_factory=dict)
    secret: str | None = None

    @property
    def is_open(self) -> bool:
        return self.status in OPEN

    def retried(self, attempt: int, secret: str | None) -> "Job":
        """Queued again, with another secret where one is given."""
        return replace(self, status=JobStatus.QUEUED, attempt=attempt, attempts={}, secret=secret or self.secret)

    def counted(self, event: JobAttemptFailed) -> "Job":
        count = Attempts(event.fence, event.losses, event.failures)
        return replace(self, attempts={**self.attempts, event.piece: count})

    def in_state(self, status: JobStatus) -> "Job":
        return replace(self, status=status)


def fail_attempt(job: Job, command: FailAttempt) -> list[Event]:
    """What follows from a failed attempt: nothing (counted before, or the job is ending), another one, or the end."""
    before = job.attempts.get(command.piece, Attempts())
    if job.status not in WORKABLE or command.fence <= before.fence:
        return []
    if command.progressed:
        before = Attempts()
    losses, failures = before.losses + command.lost, before.failures + (not command.lost)
    if not command.retryable or max(losses, failures) >= ATTEMPTS_IN_A_ROW:
        return [_failed(job, command)]
    return [
        JobAttemptFailed(
            job_id=job.id,
            piece=command.piece,
            fence=command.fence,
            code=command.code,
            message=command.message,
            lost=command.lost,
            losses=losses,
            failures=failures,
            retry_in_seconds=0.0 if command.lost else _wait_seconds(failures, command),
        )
    ]


def retry_of(job: Job, secret: str | None = None) -> JobRetryRequested:
    """A failed job goes on; one that was cancelled begins anew. `secret` None: the one that it has."""
    anew = job.status == JobStatus.CANCELLED
    return JobRetryRequested(job_id=job.id, kind=job.kind, attempt=job.attempt + 1, anew=anew, secret=secret)


def _wait_seconds(failures: int, command: FailAttempt) -> float:
    """No sooner than the world asked for, within bounds."""
    asked = min(command.retry_after_seconds or 0.0, LONGEST_ASKED_SECONDS)
    return max(asked, backoff_seconds(failures, command.jitter))


def _failed(job: Job, command: FailAttempt) -> JobFailed:
    return JobFailed(
        job_id=job.id,
        kind=job.kind,
        code=command.code,
        message=command.message,
        retryable=command.retryable or command.code in WORTH_A_RETRY,
        error_id=command.error_id,
    )


def backoff_seconds(failures: int, jitter: float) -> float:
    """Exponential from FIRST_RETRY_SECONDS, with up to half as much again of jitter."""
    return min(FIRST_RETRY_SECONDS * 2.0 ** (failures - 1), LONGEST_RETRY_SECONDS) * (1 + jitter / 2)
