"""The newest events of the log, in memory: bounded, by position, and by stream."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from domain.log import Recorded

CAPACITY = 10_000
SLACK = 1_000  # trimming moves the whole list, so it waits for this many


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which events: of one stream, of some types; None everywhere: all."""

    stream: str | None = None
    types: frozenset[str] | None = None

    def has(self, recorded: Recorded) -> bool:
        """Whether the event is of one of the types; its stream is for the caller to see to."""
        return self.types is None or type(recorded.event).__name__ in self.types

    @property
    def is_everything(self) -> bool:
        return self.stream is None and self.types is None


@dataclass(frozen=True, slots=True)
class Batch:
    """Events in position order. `cursor` is past all that was looked at; reading goes on from there."""

    events: Sequence[Recorded]
    cursor: int
    caught_up: bool


class Ring:
    """Every event behind `floor` up to `newest`; older ones are in the database alone."""

    def __init__(self, newest: int, capacity: int = CAPACITY, slack: int = SLACK) -> None:
        self.floor = self.newest = newest
        self._capacity = capacity
        self._slack = slack
        self._events: list[Recorded] = []
        self._by_stream: dict[str, list[Recorded]] = {}

    def add(self, events: Sequence[Recorded]) -> None:
        """The next events of the log, in order and without one left out."""
        for recorded in events:
            self._events.append(recorded)
            self._by_stream.setdefault(recorded.stream, []).append(recorded)
            self.newest = recorded.position
        if len(self._events) > self._capacity + self._slack:
            self._trim()

    def after(self, position: int, limit: int, wanted: Wanted) -> Batch:
        """At most `limit` events behind a position that is not before `floor`."""
        held = self._events if wanted.stream is None else self._by_stream.get(wanted.stream, [])
        found: list[Recorded] = []
        for recorded in held[_behind(held, position) :]:
            if not wanted.has(recorded):
                continue
            found.append(recorded)
            if len(found) == limit:
                return Batch(found, recorded.position, caught_up=recorded.position == self.newest)
        return Batch(found, max(position, self.newest), caught_up=True)

    def _trim(self) -> None:
        gone = self._events[: -self._capacity]
        del self._events[: len(gone)]
        self.floor = gone[-1].position
        for stream in {recorded.stream for recorded in gone}:
            left = self._by_stream[stream][_behind(self._by_stream[stream], self.floor) :]
            if left:
                self._by_stream[stream] = left
            else:
                del self._by_stream[stream]


def _behind(events: Sequence[Recorded], position: int) -> int:
    """Where the first event behind the position stands."""
    return bisect_right(events, position, key=lambda recorded: recorded.position)
