"""Events as clients see them: what has happened, in the order of the log."""

from __future__ import annotations

from collections.abc import Hashable
from datetime import datetime
from typing import Annotated, Any

import strawberry
from strawberry import ID, UNSET
from strawberry.scalars import JSON

from api.checks import or_none
from api.connections import DEFAULT_EVENTS, MOST_EVENTS
from api.context import Context, Info
from api.errors import bad_input
from api.fields import resolved
from api.ids import global_id, key_of
from api.ring import Batch, Wanted
from api.scalars import Position
from api.values import EventRun
from domain.dataset import stream_of
from domain.jobs import JobKind
from domain.log import Recorded
from domain.stored_events import TYPES, name_of, to_data

NO_STREAM = ""  # events of a dataset that is not there: none

AfterPosition = Annotated[
    Position | None,
    strawberry.argument(description='Only what happened after this position. Left out, or "0": from the beginning.'),
]
FirstEvents = Annotated[
    int | None,
    strawberry.argument(description="How many events at most (500 or fewer; 100 when left out)."),
]


@strawberry.input(description="Which events. What is left out does not matter.")
class EventFilter:
    dataset_id: ID | None = strawberry.field(default=UNSET, description="Those of this dataset.")
    types: list[str] | None = strawberry.field(default=UNSET, description="Those of these types: at least one.")


EventsFilter = Annotated[EventFilter | None, strawberry.argument(description="Which events; all when left out.")]


@strawberry.type(description="Something that has happened. It is never changed.")
class Event:
    recorded: strawberry.Private[Recorded]
    position: Position = strawberry.field(description="Its place in the log.")

    @resolved("The stream that it belongs to: one dataset with all that is done to it, or one preset.")
    def stream(self) -> str:
        return self.recorded.stream

    @resolved("Its number within the stream, from 1 on: the version of the dataset or preset after it.")
    def version(self) -> int:
        return self.recorded.version

    @resolved("The name of what has happened.")
    def type(self) -> str:
        return name_of(self.recorded.event)

    @resolved("What has happened, as a sentence.")
    def summary(self) -> str:
        return self.recorded.event.summary()

    @resolved("The facts of it, as they are stored.")
    def data(self) -> JSON:
        return to_data(self.recorded.event)  # type: ignore[return-value]  # JSON is a name for any value

    @resolved("When it was recorded.")
    def recorded_at(self) -> datetime:
        return self.recorded.recorded_at

    @resolved(
        "What it happened to: the name of the dataset or the preset, as it was then. Null where that was not told yet."
    )
    def subject(self) -> str | None:
        return self.recorded.metadata.get("subject")

    @resolved(
        "Who asked for it: a mutation by its name, or a part of this service: `worker` (by the `run`), `dispatcher` "
        "(which keeps order among them), `search` (which found an index damaged), `expiry` (its time in the trash was "
        "over) or `check --repair`. Null where that was not told yet."
    )
    def cause(self) -> str | None:
        return self.recorded.metadata.get("cause")

    @resolved("The run that did it. Null where it was no run's doing, or where that was not told yet.")
    def run(self) -> EventRun | None:
        told = self.recorded.metadata
        if "attempt" not in told:
            return None
        id_, kind = global_id("Job", told["job_id"]), JobKind(told["job_kind"])
        return EventRun(job_id=id_, kind=kind, attempt=int(told["attempt"]))

    @resolved("The job that it is about. Null where it is about none; once it is purged `job` knows it no more.")
    def job_id(self) -> ID | None:
        job_id = getattr(self.recorded.event, "job_id", None)
        return None if job_id is None else global_id("Job", job_id)

    @resolved("The command that it came from.")
    def command_id(self) -> str | None:
        return self.recorded.metadata.get("command_id")

    @resolved("What caused that command.")
    def causation_id(self) -> str | None:
        return self.recorded.metadata.get("causation_id")

    @resolved("The story that it belongs to: equal for all that one request led to.")
    def correlation_id(self) -> str | None:
        return self.recorded.metadata.get("correlation_id")


@strawberry.type(description="Events in the order of the log, and from where to go on.")
class EventBatch:
    events: list[Event] = strawberry.field(description="The events. There may be none.")
    cursor: Position = strawberry.field(
        description="Go on from here. It also moves over events that the filter leaves out."
    )
    caught_up: bool = strawberry.field(description="Whether this was all up to now.")
    content: strawberry.Private[Hashable]


def batch_of(context: Context, batch: Batch, wanted: Wanted) -> EventBatch:
    """A batch as clients see it. Where `content` is equal, so are the events: all those wanted from the first on."""
    events = [Event(recorded=recorded, position=context.position(recorded.position)) for recorded in batch.events]
    first = batch.events[0].position if batch.events else None
    content = (wanted, first, batch.cursor, batch.caught_up)
    return EventBatch(events=events, cursor=context.position(batch.cursor), caught_up=batch.caught_up, content=content)


def wanted_of(filter_: EventFilter | None) -> Wanted:
    """What a filter lets through; raises BAD_USER_INPUT for types that there are not."""
    if not filter_:
        return Wanted()
    stream, asked = None, or_none(filter_.dataset_id)
    if asked is not None:
        key = key_of("Dataset", asked)
        stream = stream_of(key) if key else NO_STREAM
    return Wanted(stream, _types(filter_.types))


async def read_events(info: Info, wanted: Wanted, after: str | None, first: Any) -> EventBatch:
    """A page of events straight from the log; raises BAD_USER_INPUT, CURSOR_EXPIRED."""
    context = info.context
    limit = DEFAULT_EVENTS if first is UNSET or first is None else first
    if not 1 <= limit <= MOST_EVENTS:
        raise bad_input(f"`first` is a number from 1 to {MOST_EVENTS}; it was {limit}.")
    position = await context.place(or_none(after))
    return batch_of(context, await context.feed.history(position, limit, wanted, await context.newest()), wanted)


def _types(types: list[str] | None) -> frozenset[str] | None:
    if types is UNSET or types is None:
        return None
    unknown = sorted(set(types) - TYPES.keys())
    if unknown or not types:
        told = f"There are no events of type {unknown[0][:100]!r}" if unknown else "Name at least one type"
        raise bad_input(f"{told}; there are {', '.join(TYPES)}.")
    return frozenset(types)
