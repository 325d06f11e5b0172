"""The command loop: read, fold, decide, append with the expected version. Conflicts are retried here only."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from domain.commands import Command
from domain.dataset import claims, evolve, fold, stream_of
from domain.decide import decide
from domain.errors import Conflict, ErrorCode, Refused
from domain.exports import requested_before
from domain.log import Append, EventLog, Idempotency, Recorded, Remembered, Trace

TRIES = 4


@dataclass(frozen=True, slots=True)
class Handled:
    """What a command did.

    `position` is that of its first event, or of the stream's newest where it changed nothing.
    `replayed`: the idempotency key had been used, `objects` are those of the first use; or the very same export is here
    or under way, `position` is that of its request.
    """

    position: int
    events: Sequence[Recorded] = ()
    objects: Mapping[str, str] = field(default_factory=dict)
    replayed: bool = False


def handle(
    log: EventLog,
    command: Command,
    trace: Trace,
    *,
    expected_version: int | None = None,
    idempotency: Idempotency | None = None,
) -> Handled:
    """Carry out a command. Raises Refused, ClaimTaken, or Conflict when others were faster TRIES times over."""
    for remaining in reversed(range(TRIES)):
        replay = _replay(log, idempotency)
        if replay is not None:
            return replay
        try:
            return _attempt(log, command, trace, expected_version, idempotency)
        except Conflict:
            if not remaining:
                raise
    raise AssertionError("unreachable")


def _replay(log: EventLog, idempotency: Idempotency | None) -> Handled | None:
    used = log.remembered(idempotency.key) if idempotency else None
    if idempotency is None or used is None:
        return None
    if not _is_same(used, idempotency):
        raise Refused(
            ErrorCode.IDEMPOTENCY_KEY_REUSED,
            "This idempotency key was used for something else.",
            "idempotencyKey",
        )
    return Handled(used.position, objects=used.objects, replayed=True)


def _is_same(used: Remembered, asked: Idempotency) -> bool:
    return (used.mutation, used.digest) == (asked.mutation, asked.digest)


def _attempt(
    log: EventLog,
    command: Command,
    trace: Trace,
    expected_version: int | None,
    idempotency: Idempotency | None,
) -> Handled:
    history = log.read(stream_of(command.dataset_id))
    state = fold(command.dataset_id, (recorded.event for recorded in history))
    version = len(history)
    if expected_version is not None and expected_version != version:
        raise Refused(
            ErrorCode.VERSION_CONFLICT,
            f"This dataset is at version {version}, not {expected_version}: read it again.",
            "expectedVersion",
            currentVersion=version,
        )
    events = decide(state, command)
    objects = idempotency.objects if idempotency else {}
    if not events:
        before = requested_before(state, command)
        position = history[(before or version) - 1].position if history else 0
        return Handled(position, objects=objects, replayed=before is not None)
    after = state
    for event in events:
        after = evolve(command.dataset_id, after, event)
    held, wanted = claims(state), claims(after)
    change = Append(
        stream=stream_of(command.dataset_id),
        expected_version=version,
        events=events,
        trace=trace,
        claim=wanted - held,
        release=held - wanted,
        idempotency=idempotency,
    )
    recorded = log.append(change)
    return Handled(recorded[0].position, recorded, objects)
