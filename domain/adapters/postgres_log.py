"""The event log in Postgres. An append is one transaction: lock, version check, insert, claims, project, notify."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from psycopg import Connection, Rollback
from psycopg.rows import TupleRow
from psycopg_pool import ConnectionPool

from domain.adapters.away import is_cut
from domain.adapters.jsonb import dumps
from domain.adapters.projections import project
from domain.adapters.rows import PENDING_POSITION, PENDING_TIME, pending
from domain.adapters.shared_turn import SharedTurn
from domain.errors import ClaimTaken, Conflict
from domain.log import Append, Recorded, Remembered
from domain.stored_events import from_data, name_of, to_data

APPEND_CHANNEL = "events"

# migrations/versions/0001_spine.py
APPEND = "SELECT outcome, positions, recorded_at FROM append_events(%s::jsonb) ORDER BY number"

REMEMBERED = """
SELECT key, mutation, digest, objects, position FROM commands
WHERE key = %s AND recorded_at >= clock_timestamp() - interval '24 hours'
"""

SELECT = "SELECT position, stream, version, type, data, metadata, recorded_at FROM events"

# A statement for each kind of question, so that its plan is made for it. In a stream versions are in the order of
# positions, and have an index.
AFTER = f"{SELECT} WHERE position > %(position)s{{types}} ORDER BY position LIMIT %(limit)s"
AFTER_IN_STREAM = (
    f"{SELECT} WHERE stream = %(stream)s AND position > %(position)s{{types}} ORDER BY version LIMIT %(limit)s"
)
OF_TYPES = " AND type = ANY (%(types)s)"

HOLDER = "SELECT key, stream FROM claims WHERE key = ANY (%s) AND stream <> %s LIMIT 1"


Pool = ConnectionPool[Connection[TupleRow]]


class PostgresLog:
    """The EventLog protocol over a pool of connections; safe for use by many threads.

    The appends of a process go one at a time, so `appends` is a pool of one connection, in autocommit: it keeps their
    plans warm.
    """

    def __init__(self, pool: Pool, appends: Pool) -> None:
        self._pool = pool
        self._appends = appends
        self._queue = SharedTurn(self._append_all, is_cut)

    def read(self, stream: str) -> list[Recorded]:
        with self._pool.connection() as connection:
            found = connection.execute(f"{SELECT} WHERE stream = %s ORDER BY version", (stream,)).fetchall()
        return [recorded_of(row) for row in found]

    def after(
        self, position: int, limit: int, *, stream: str | None = None, types: Sequence[str] | None = None
    ) -> list[Recorded]:
        """At most `limit` events behind a position, of one stream and of some types where they are named."""
        query = (AFTER if stream is None else AFTER_IN_STREAM).format(types=OF_TYPES if types else "")
        values = {"position": position, "limit": limit, "stream": stream, "types": list(types or ())}
        with self._pool.connection() as connection:
            return [recorded_of(row) for row in connection.execute(query, values).fetchall()]

    def newest(self) -> int:
        return int(self._one("SELECT coalesce(max(position), 0) FROM events")[0])

    def streams(self, kind: str = "dataset-") -> list[str]:
        """The names of all streams of a kind, oldest first."""
        query = "SELECT stream FROM events WHERE version = 1 AND starts_with(stream, %s) ORDER BY position"
        with self._pool.connection() as connection:
            return [row[0] for row in connection.execute(query, (kind,)).fetchall()]

    def identity(self) -> str:
        """Names this very log, so that a position of another one is told apart."""
        return str(self._one("SELECT id FROM log_identity")[0])

    def forget_commands(self) -> None:
        """Drop the idempotency keys whose time is over."""
        with self._pool.connection() as connection:
            connection.execute("DELETE FROM commands WHERE recorded_at < clock_timestamp() - interval '24 hours'")

    def _one(self, query: str) -> TupleRow:
        with self._pool.connection() as connection:
            row = connection.execute(query).fetchone()
        assert row is not None
        return row

    def remembered(self, key: str) -> Remembered | None:
        with self._pool.connection() as connection:
            row = connection.execute(REMEMBERED, (key,)).fetchone()
        return Remembered(*row) if row else None

    def append(self, change: Append) -> list[Recorded]:
        outcome, positions, recorded_at = self._queue.put(told(change))
        if outcome is not None:
            raise self._meaning(outcome, change)
        return _recorded(change, positions, recorded_at)

    def append_all(self, changes: Sequence[Append]) -> list[Recorded]:
        with self._pool.connection() as connection, connection.transaction() as transaction:
            outcomes = append_within(connection, [told(change) for change in changes])
            broken = [(row[0], change) for change, row in zip(changes, outcomes, strict=True) if row[0] is not None]
            if broken:
                raise Rollback(transaction)
        if broken:
            raise self._meaning(*broken[0])
        return [
            recorded
            for change, (_, positions, recorded_at) in zip(changes, outcomes, strict=True)
            for recorded in _recorded(change, positions, recorded_at)
        ]

    def _append_all(self, appends: Sequence[str]) -> list[TupleRow]:
        with self._appends.connection() as connection:
            return append_within(connection, appends)

    def _meaning(self, constraint: str, change: Append) -> Exception:
        """Which promise the append would have broken."""
        if constraint in ("events_stream_version", "commands_key"):
            return Conflict(f"{change.stream}: {constraint}")
        if constraint != "claims_key":
            return RuntimeError(f"An append to {change.stream} would break {constraint}.")
        with self._pool.connection() as connection:
            row = connection.execute(HOLDER, (sorted(change.claim), change.stream)).fetchone()
        # given back between the insert and this look: the next try may have it
        return ClaimTaken(*row) if row else Conflict(change.stream)


def _recorded(change: Append, positions: Sequence[int], recorded_at: datetime) -> list[Recorded]:
    metadata = change.trace.metadata()
    return [
        Recorded(position, change.stream, change.expected_version + number, event, recorded_at, metadata)
        for number, (event, position) in enumerate(zip(change.events, positions, strict=True), start=1)
    ]


def append_within(connection: Connection[TupleRow], appends: Sequence[str]) -> list[TupleRow]:
    """The appends, as `told` gives them, by one statement, so that whoever waits for the lock waits for no client.

    For each the constraint that it would have broken, or None; its positions; its time.
    """
    return connection.execute(APPEND, (f"[{','.join(appends)}]",)).fetchall()


def told(change: Append) -> str:
    """The append as `append_events` takes it: JSON text."""
    metadata = change.trace.metadata()
    return dumps(
        {
            "stream": change.stream,
            "expected": change.expected_version,
            "metadata": metadata,
            "claim": sorted(change.claim),
            "release": sorted(change.release),
            "command": asdict(change.idempotency) if change.idempotency else None,
            "events": list(_events(change, metadata)),
        }
    )


def _events(change: Append, metadata: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    for number, event in enumerate(change.events, start=1):
        version = change.expected_version + number
        recorded = Recorded(PENDING_POSITION, change.stream, version, event, PENDING_TIME, metadata)
        rows = [pending(row_change) for row_change in project(recorded)]
        yield {"type": name_of(event), "data": to_data(event), "rows": rows}


def recorded_of(row: TupleRow) -> Recorded:
    """The event of a row of SELECT, upcast. Raises KeyError for an unknown type, TypeError for an unknown shape."""
    position, stream, version, type_name, data, metadata, recorded_at = row
    return Recorded(position, stream, version, from_data(type_name, data), recorded_at, metadata)
