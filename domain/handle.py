"""The command loop: read, fold, decide, append with the expected version. Conflicts are retried here only."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from domain.aggregates import Aggregate, aggregate_of
from domain.commands import Command
from domain.dataset import Earlier
from domain.errors import Conflict, ErrorCode, Refused
from domain.events import Event
from domain.log import Append, EventLog, Idempotency, Recorded, Remembered, Trace

TRIES = 4


@dataclass(frozen=True, slots=True)
class Handled:
    """What a command did.

    `position` is that of its first event, or of the stream's newest where it changed nothing.
    `replayed`: the idempotency key had been used, or the very same was asked for before and still holds; then
    `objects` and `position` are those of the first time.
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
        replay = replay_of(log, idempotency)
        if replay is not None:
            return replay
        try:
            return _attempt(log, command, trace, expected_version, idempotency)
        except Conflict:
            if not remaining:
                raise
    raise AssertionError("unreachable")


def replay_of(log: EventLog, idempotency: Idempotency | None) -> Handled | None:
    """What was done under the key before, None where it was not used. Refuses a key that did something else."""
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
    aggregate = aggregate_of(command)
    its_id = aggregate.id_of(command)
    history = log.read(aggregate.stream_of(its_id))
    version = len(history)
    if expected_version is not None and expected_version != version:
        raise Refused(
            ErrorCode.VERSION_CONFLICT,
            f"This {aggregate.noun} is at version {version}, not {expected_version}: read it again.",
            "expectedVersion",
            currentVersion=version,
        )
    change = change_of(history, command, trace)
    if change is None:
        state = _folded(aggregate, its_id, None, (recorded.event for recorded in history))
        # whoever was first with the key may just have led to this very state
        return replay_of(log, idempotency) or _unchanged(history, aggregate.earlier(state, command), idempotency)
    recorded = log.append(replace(change, idempotency=idempotency))
    return Handled(recorded[0].position, recorded, idempotency.objects if idempotency else {})


def change_of(history: Sequence[Recorded], command: Command, trace: Trace) -> Append | None:
    """What the command leads to after the history of its stream; None: to nothing. Raises Refused."""
    aggregate = aggregate_of(command)
    its_id = aggregate.id_of(command)
    state = _folded(aggregate, its_id, None, (recorded.event for recorded in history))
    events = aggregate.decide(state, command)
    if not events:
        return None
    after = _folded(aggregate, its_id, state, events)
    held, wanted = aggregate.claims(state), aggregate.claims(after)
    return Append(
        stream=aggregate.stream_of(its_id),
        expected_version=len(history),
        events=events,
        trace=replace(trace, subject=aggregate.name_of(after)),
        claim=wanted - held,
        release=held - wanted,
    )


def rehearse(log: EventLog, command: Command) -> Earlier | None:
    """What the command would lead to now, without doing it: None where it would do something new, else what is here
    of it. Raises Refused."""
    aggregate = aggregate_of(command)
    its_id = aggregate.id_of(command)
    history = log.read(aggregate.stream_of(its_id))
    state = _folded(aggregate, its_id, None, (recorded.event for recorded in history))
    return None if aggregate.decide(state, command) else aggregate.earlier(state, command)


def _folded(aggregate: Aggregate[Any, Any], its_id: str, state: Any, events: Iterable[Event]) -> Any:
    for event in events:
        state = aggregate.evolve(its_id, state, event)
    return state


def _unchanged(history: Sequence[Recorded], earlier: Earlier | None, idempotency: Idempotency | None) -> Handled:
    """Nothing was done: with a replay of what the same command did before, where there is such a thing."""
    if earlier is not None:
        return Handled(history[earlier.version - 1].position, objects=earlier.objects, replayed=True)
    return Handled(history[-1].position if history else 0, objects=idempotency.objects if idempotency else {})
