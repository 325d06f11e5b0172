"""Where a worker's command comes from: the story of the job that it works on, and which attempt at it this is."""

from collections.abc import Sequence
from uuid import uuid4

from domain.dataset import stream_of
from domain.evolve import fold
from domain.jobs import Job
from domain.log import EventLog, Recorded, Trace

# Who asked, as history names it.
WORKER = "worker"
DISPATCHER = "dispatcher"


def trace_of(log: EventLog, dataset_id: str, job_id: str, cause: str = WORKER) -> Trace:
    """A new command in the story of a job, caused by the job's newest event."""
    history = log.read(stream_of(dataset_id))
    state = fold(dataset_id, (recorded.event for recorded in history))
    job = None if state is None else state.jobs.get(job_id)
    if job is None:
        command_id = str(uuid4())
        return Trace(command_id, correlation_id=command_id, cause=cause)
    return trace_in(history, job, cause)


def trace_in(history: Sequence[Recorded], job: Job, cause: str = WORKER) -> Trace:
    """The same from a history that was read before, and what the job is after it."""
    own = [recorded for recorded in history if _belongs(recorded, job.id)]
    command_id = str(uuid4())
    return Trace(
        command_id,
        correlation_id=own[0].metadata.get("correlation_id", command_id),
        causation_id=own[-1].metadata.get("command_id"),
        cause=cause,
        job_id=job.id,
        job_kind=job.kind,
        attempt=job.attempt,
    )


def _belongs(recorded: Recorded, job_id: str) -> bool:
    return job_id in (getattr(recorded.event, name, None) for name in ("job_id", "ingest_job_id"))
