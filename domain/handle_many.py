"""Many commands as one: all that can be done of them is done in one transaction, or nothing is."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from domain.aggregates import aggregate_of
from domain.commands import Command
from domain.errors import Conflict, ErrorCode, Refused
from domain.handle import TRIES, Handled, change_of, replay_of
from domain.log import Append, EventLog, Idempotency, Recorded, Trace


@dataclass(frozen=True, slots=True)
class Planned:
    """What commands lead to, by their numbers: those that are refused, and the changes of all others that change
    anything."""

    changes: Mapping[int, Append]
    refused: Mapping[int, Refused]


def plan_many(log: EventLog, commands: Sequence[Command], trace: Trace, chosen_at: Sequence[int] = ()) -> Planned:
    """What the commands, each about another stream, would lead to now; nothing is written. `chosen_at`: the versions
    of the streams for which the commands were chosen; one that would change another version is refused."""
    changes: dict[int, Append] = {}
    refused: dict[int, Refused] = {}
    for number, command in enumerate(commands):
        aggregate = aggregate_of(command)
        history = log.read(aggregate.stream_of(aggregate.id_of(command)))
        try:
            change = change_of(history, command, trace)
            if change is not None and chosen_at:
                _check_version(history, chosen_at[number])
        except Refused as refusal:
            refused[number] = refusal
            continue
        if change is not None:
            changes[number] = change
    return Planned(changes, refused)


def _check_version(history: Sequence[Recorded], chosen_at: int) -> None:
    if len(history) != chosen_at:
        message = "It has changed since it was found: look at it again."
        raise Refused(ErrorCode.VERSION_CONFLICT, message, currentVersion=len(history))


def handle_many(
    log: EventLog,
    commands: Sequence[Command],
    trace: Trace,
    tell: Callable[[Planned], Mapping[str, str]],
    idempotency: Idempotency | None = None,
    chosen_at: Sequence[int] = (),
) -> Handled:
    """Carry out those that are not refused; `chosen_at` as for `plan_many`. `tell` makes the objects that are answered,
    and remembered under the key, of what is about to be done. Raises Refused for the key, Conflict when others were
    faster TRIES times over."""
    for remaining in reversed(range(TRIES)):
        replay = replay_of(log, idempotency)
        if replay is not None:
            return replay
        planned = plan_many(log, commands, trace, chosen_at)
        objects = tell(planned)
        try:
            return _carry_out(log, list(planned.changes.values()), objects, idempotency)
        except Conflict:
            if not remaining:
                raise
    raise AssertionError("unreachable")


def _carry_out(
    log: EventLog, changes: Sequence[Append], objects: Mapping[str, str], idempotency: Idempotency | None
) -> Handled:
    if not changes:
        # whoever was first with the key may just have done all there was to do
        return replay_of(log, idempotency) or Handled(0, objects=objects)
    first, *others = changes
    if idempotency is not None:
        first = replace(first, idempotency=replace(idempotency, objects=objects))
    recorded = log.append_all([first, *others])
    return Handled(recorded[0].position, recorded, objects)
