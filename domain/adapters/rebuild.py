"""The read models made anew from the log while everything runs: replayed beside, compared row by row, switched.

Appends wait only for the last step: what was appended since the one before, less than CLOSE_EVENTS and
what came meanwhile, the comparison of those rows, and the switch of names.
"""

import gc
import random
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import psycopg
from psycopg import Connection
from psycopg.errors import DependentObjectsStillExist, LockNotAvailable
from psycopg.rows import TupleRow

from domain.adapters import locks
from domain.adapters.connecting import connect
from domain.adapters.differences import Difference, Differences, Kind
from domain.adapters.rebuilt_tables import RebuildError, Rebuilt, drop_tables, lock_tables, make_tables, switch_tables
from domain.adapters.replay import Bounds, Replay
from domain.adapters.tables import READ_MODELS

__all__ = ["Bounds", "Difference", "Kind", "RebuildError", "Report", "rebuild"]

CLOSE_EVENTS = 1_000
# Below Postgres's own second after which it looks for deadlocks: we give way, never a reader.
LOCK_WAIT = "300ms"
SWITCH_TRIES = 120
PAUSE_SECONDS = 0.5
MOST_NAMED = 1_000
USUAL_BOUNDS = Bounds()


@dataclass(frozen=True, slots=True)
class Report:
    """What a rebuild found and did. `counts`: live rows that differed; `named`: the first MOST_NAMED differences,
    `more`: how many there are beyond; `held_up_seconds`: how long appends waited."""

    events: int
    seconds: float
    held_up_seconds: float
    counts: dict[Kind, int]
    named: Sequence[Difference]
    more: int
    switched: bool

    @property
    def differed(self) -> int:
        """Rows that differed."""
        return sum(self.counts.values())


def rebuild(url: str, *, switch: bool = True, bounds: Bounds = USUAL_BOUNDS) -> Report:
    """Rebuild the read models of this database, and switch to them if asked to. Raises RebuildError; then, and after
    a crash, the live tables are as they were."""
    try:
        return _rebuild(url, switch=switch, bounds=bounds)
    except psycopg.OperationalError as wrong:
        raise RebuildError(f"The database does not answer: {wrong}") from wrong


def _rebuild(url: str, *, switch: bool, bounds: Bounds) -> Report:
    began = time.monotonic()
    with (
        connect(url) as connection,
        psycopg.connect(url, autocommit=True) as reader,
        _alone(connection),
        _tables(connection) as tables,
        _uncollected(),
    ):
        work = _Rebuild(connection, Replay(connection, reader, tables, bounds), tables)
        held_up = work.run(switch=switch)
        named = work.differences.first(MOST_NAMED)
        return Report(
            events=work.events,
            seconds=time.monotonic() - began,
            held_up_seconds=held_up,
            counts=work.differences.counts(),
            named=named,
            more=work.differences.total() - len(named),
            switched=switch,
        )


@contextmanager
def _alone(connection: Connection[TupleRow]) -> Iterator[None]:
    """Hold the one rebuild of this database; Postgres lets go of it when the connection is lost."""
    held = connection.execute("SELECT pg_try_advisory_lock(%s)", (locks.REBUILD,)).fetchone()
    if held != (True,):
        raise RebuildError("Another rebuild of this database is under way: wait until it is over.")
    try:
        yield
    finally:
        if not connection.closed:
            connection.execute("SELECT pg_advisory_unlock(%s)", (locks.REBUILD,))


@contextmanager
def _tables(connection: Connection[TupleRow]) -> Iterator[list[Rebuilt]]:
    tables = make_tables(connection, READ_MODELS)
    try:
        yield tables
    finally:
        if not connection.closed:
            drop_tables(connection, tables)


@contextmanager
def _uncollected() -> Iterator[None]:
    """Without the cyclic garbage collector: there are no cycles among rows, which it would walk through each time."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


class _Rebuild:
    """One rebuild on its connection."""

    def __init__(self, connection: Connection[TupleRow], replay: Replay, tables: Sequence[Rebuilt]) -> None:
        self._connection = connection
        self._tables = tables
        self._replay = replay
        self.differences = Differences(connection)
        self.events = 0

    def run(self, *, switch: bool) -> float:
        """Seconds that appends waited."""
        position, self.events = self._replay.run(0)
        for table in self._tables:
            self._connection.execute(f'ANALYZE "{table.beside}"')
            self.differences.compare(table)
        for _ in range(SWITCH_TRIES):
            position = self._approach(position)
            try:
                return self._finish(position, switch=switch)
            except LockNotAvailable:
                time.sleep(random.uniform(0, PAUSE_SECONDS))  # noqa: S311  so as not to meet the same reader again
            except DependentObjectsStillExist as wrong:
                raise RebuildError(f"Something of yours depends on a live table: {wrong}") from wrong
        raise RebuildError("A transaction has kept a live table from being switched all the time: end it, try again.")

    def _approach(self, position: int) -> int:
        """Replay and compare what is appended meanwhile, until it is little at a time."""
        while True:
            position, events = self._replay.run(position, self.differences.compare_rows)
            self.events += events
            if events < CLOSE_EVENTS:
                return position

    def _finish(self, position: int, *, switch: bool) -> float:
        """The rest, with appends kept waiting."""
        with self._connection.transaction():
            self._connection.execute("SELECT pg_advisory_xact_lock(%s)", (locks.APPEND,))
            began = time.monotonic()
            _, events = self._replay.run(position, self.differences.compare_rows)
            if switch:
                self._connection.execute(f"SET LOCAL lock_timeout = '{LOCK_WAIT}'")
                lock_tables(self._connection, self._tables)
                switch_tables(self._connection, self._tables)
        self.events += events
        return time.monotonic() - began
