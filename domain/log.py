"""The event log as the business sees it: streams that are read, appended to with an expected version, and followed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from domain.events import Event


@dataclass(frozen=True, slots=True)
class Trace:
    """Where an append comes from: the command, what caused it, and the story that it belongs to.

    `cause` names who asked, for a person: a mutation, or a part of this service. `job_id`, `job_kind` and `attempt`
    are those of the run that asked. `subject` is what the stream is called then.
    """

    command_id: str
    correlation_id: str
    causation_id: str | None = None
    cause: str | None = None
    job_id: str | None = None
    job_kind: str | None = None
    attempt: int | None = None
    subject: str | None = None

    def metadata(self) -> dict[str, str]:
        """As it is stored beside each event."""
        pairs = {
            "command_id": self.command_id,
            "correlation_id": self.correlation_id,
            "causation_id": self.causation_id,
            "cause": self.cause,
            "job_id": self.job_id,
            "job_kind": self.job_kind,
            "attempt": None if self.attempt is None else str(self.attempt),
            "subject": self.subject,
        }
        return {key: value for key, value in pairs.items() if value is not None}


@dataclass(frozen=True, slots=True)
class Recorded:
    """An event with its place in the log. `version` counts from 1 within `stream`; `position` over the log."""

    position: int
    stream: str
    version: int
    event: Event
    recorded_at: datetime
    metadata: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Idempotency:
    """A client's key for one effect. `digest` is a keyed hash of the mutation's canonical input; `objects` the ids
    that the mutation made or touched, by the payload's field names."""

    key: str
    mutation: str
    digest: str
    objects: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Remembered:
    """What a key did when it was first used: the same fields, and the position of its first event."""

    key: str
    mutation: str
    digest: str
    objects: Mapping[str, str]
    position: int


@dataclass(frozen=True, slots=True)
class Append:
    """One atomic change of a stream: events, and the claims that it takes and gives back."""

    stream: str
    expected_version: int
    events: Sequence[Event]
    trace: Trace
    claim: frozenset[str] = frozenset()
    release: frozenset[str] = frozenset()
    idempotency: Idempotency | None = field(default=None)


class EventLog(Protocol):
    """Appends are atomic and position order is commit order: a follower that remembers a position misses nothing."""

    def read(self, stream: str) -> Sequence[Recorded]:
        """All events of a stream in version order; empty where there is none."""

    def append(self, change: Append) -> Sequence[Recorded]:
        """Store the events. Raises Conflict when the stream is elsewhere or the idempotency key was used meanwhile,
        ClaimTaken when a key is held by another stream."""

    def append_all(self, changes: Sequence[Append]) -> Sequence[Recorded]:
        """Store the events of changes of several streams, all or none of them; the first may have an idempotency key.
        Raises as `append` does."""

    def remembered(self, key: str) -> Remembered | None:
        """What was done under an idempotency key in the last 24 hours."""

    def after(self, position: int, limit: int) -> Sequence[Recorded]:
        """At most `limit` events behind a position, in position order."""

    def newest(self) -> int:
        """The position of the newest event, 0 in an empty log."""
