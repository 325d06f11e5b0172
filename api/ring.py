"""The newest events of the log, in memory: bounded, by position, and by stream."""

import sys
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields

from domain.log import Recorded

CAPACITY = 10_000
SLACK = 1_000  # trimming moves the whole list, so it waits for this many
MOST_BYTES = 10_000_000  # about, and a tenth more until it is trimmed: an event may say fifty times what another does
BYTES_SPARE = 1.1
# What comes to each event beside what it says: itself, its stream, its time, and the names in its metadata.
ENVELOPE_BYTES = 450


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
    """Every event behind `floor` up to `newest`; older ones are in the database alone. So many, of so many bytes."""

    def __init__(
        self, newest: int, capacity: int = CAPACITY, slack: int = SLACK, most_bytes: float = MOST_BYTES
    ) -> None:
        self.floor = self.newest = newest
        self._capacity = capacity
        self._slack = slack
        self._most_bytes = most_bytes
        self._events: list[Recorded] = []
        self._weights: list[int] = []  # of each event
        self._bytes = 0
        self._by_stream: dict[str, list[Recorded]] = {}

    def add(self, events: Sequence[Recorded]) -> None:
        """The next events of the log, in order and without one left out."""
        for recorded in events:
            self._events.append(recorded)
            self._weights.append(bytes_of(recorded))
            self._bytes += self._weights[-1]
            self._by_stream.setdefault(recorded.stream, []).append(recorded)
            self.newest = recorded.position
        if len(self._events) > self._capacity + self._slack or self._bytes > self._most_bytes * BYTES_SPARE:
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
        count = max(0, len(self._events) - self._capacity)
        self._bytes -= sum(self._weights[:count])
        while self._bytes > self._most_bytes:
            self._bytes -= self._weights[count]
            count += 1
        gone = self._events[:count]
        del self._events[:count], self._weights[:count]
        self.floor = gone[-1].position
        for stream in {recorded.stream for recorded in gone}:
            left = self._by_stream[stream][_behind(self._by_stream[stream], self.floor) :]
            if left:
                self._by_stream[stream] = left
            else:
                del self._by_stream[stream]


def bytes_of(recorded: Recorded) -> int:
    """What an event takes up in memory, about."""
    said = (getattr(recorded.event, field.name) for field in fields(recorded.event))
    return ENVELOPE_BYTES + sum(map(_bytes_of, said)) + _bytes_of(recorded.metadata)


def _bytes_of(value: object) -> int:
    """Of a JSON value. The names in it are read once and shared, as a rule."""
    own = sys.getsizeof(value)
    if isinstance(value, Mapping):
        return own + sum(map(_bytes_of, value.values()))
    if isinstance(value, list | tuple):
        return own + sum(map(_bytes_of, value))
    return own


def _behind(events: Sequence[Recorded], position: int) -> int:
    """Where the first event behind the position stands."""
    return bisect_right(events, position, key=lambda recorded: recorded.position)
