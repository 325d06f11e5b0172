"""Where a worker's command comes from: the story of the job that it works on."""

from collections.abc import Sequence
from uuid import uuid4

from domain.dataset import stream_of
from domain.log import EventLog, Recorded, Trace


def trace_of(log: EventLog, dataset_id: str, job_id: str) -> Trace:
    """A new command in the story of a job, caused by the job's newest event."""
    return trace_in(log.read(stream_of(dataset_id)), job_id)


def trace_in(history: Sequence[Recorded], job_id: str) -> Trace:
    """The same from a history that was read before."""
    own = [recorded for recorded in history if _belongs(recorded, job_id)]
    newest: Recorded | None = own[-1] if own else None
    command_id = str(uuid4())
    if newest is None:
        return Trace(command_id, correlation_id=command_id)
    return Trace(
        command_id,
        correlation_id=own[0].metadata.get("correlation_id", command_id),
        causation_id=newest.metadata.get("command_id"),
    )


def _belongs(recorded: Recorded, job_id: str) -> bool:
    return job_id in (getattr(recorded.event, name, None) for name in ("job_id", "ingest_job_id"))
