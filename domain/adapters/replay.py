"""The log folded into the rows of the read models: in memory up to a bound, then in the tables, and so on.

A row that changes after it was put into its table is brought back first, so that what is held is always whole.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from psycopg import Connection
from psycopg.rows import TupleRow
from psycopg.sql import SQL, Composed, Identifier

from domain.adapters.held_rows import HeldRows, Row
from domain.adapters.postgres_log import recorded_of
from domain.adapters.projections import project
from domain.adapters.rebuilt_tables import RebuildError, Rebuilt
from domain.adapters.rows import Change
from domain.log import Recorded

# Read by one query, which keeps Postgres from cleaning up what its snapshot may see.
SEGMENT_EVENTS = 20_000
# Rows that come in one message.
CHUNK_ROWS = 250

SEGMENT = """
SELECT position, stream, version, type, data::text, metadata::text, recorded_at FROM events
WHERE position > %s ORDER BY position LIMIT %s
"""

STAGE = "CREATE TEMPORARY TABLE staged (of text NOT NULL, row jsonb NOT NULL)"

PUT = """
INSERT INTO {table} ({columns})
SELECT {made} FROM staged CROSS JOIN LATERAL jsonb_populate_record(NULL::{table}, staged.row) made
WHERE staged.of = {name} ON CONFLICT ({key}) DO UPDATE SET {values}
"""

DROP = "DELETE FROM {table} WHERE {key} = ANY (%s::{type}[])"

BRING_BACK = "SELECT to_jsonb(beside)::text FROM {table} beside WHERE {column} = ANY (%s::{type}[])"

ENCODER = json.JSONEncoder(ensure_ascii=False, default=datetime.isoformat, separators=(",", ":"))


@dataclass(frozen=True, slots=True)
class Bounds:
    """What is in memory at once: the events of one batch, and the rows made of so much JSON."""

    batch_events: int = 1_000
    held_bytes: int = 64 * 1024 * 1024


Written = Callable[[Rebuilt, Sequence[str]], None]


class Replay:
    """Replays the log into tables. Both connections are the replay's own: one writes while the other reads on."""

    def __init__(
        self,
        connection: Connection[TupleRow],
        reader: Connection[TupleRow],
        tables: Sequence[Rebuilt],
        bounds: Bounds,
    ) -> None:
        self._connection = connection
        self._reader = reader
        self._tables = {table.live: table for table in tables}
        self._held = {table.live: HeldRows(table.key) for table in tables}
        self._bounds = bounds
        self._bytes = 0
        self._complete: set[tuple[str, str, str]] = set()
        self._written_before = False
        connection.execute(STAGE)

    def run(self, position: int, written: Written | None = None) -> tuple[int, int]:
        """Replay what is behind the position, to the end of the log; `written` is told which rows were written, by
        the ids. The position of the last event, and how many there were. Raises RebuildError."""
        events = 0
        while True:
            before = events
            for batch in self._segment(position):
                self._fold([self._recorded(row) for row in batch])
                position, events = batch[-1][0], events + len(batch)
                if self._bytes > self._bounds.held_bytes:
                    self._write(written)
            if events - before < SEGMENT_EVENTS:
                self._write(written)
                return position, events

    def _segment(self, position: int) -> Iterator[list[TupleRow]]:
        """The next events behind the position, in batches; Postgres reads on while one is folded."""
        with self._reader.cursor() as cursor:
            rows = cursor.stream(SEGMENT, (position, SEGMENT_EVENTS), size=CHUNK_ROWS)
            while batch := list(islice(rows, self._bounds.batch_events)):
                yield batch

    def _recorded(self, row: TupleRow) -> Recorded:
        position, stream, version, type_name, data, metadata, recorded_at = row
        self._bytes += len(data)
        try:
            return recorded_of(
                (position, stream, version, type_name, json.loads(data), json.loads(metadata), recorded_at)
            )
        except (KeyError, TypeError) as wrong:
            raise RebuildError(
                f"The event at position {position} ({type_name} of {stream}) is not one that this version knows: "
                f"rebuild with the version that wrote it, or a later one ({wrong})."
            ) from wrong

    def _fold(self, batch: Sequence[Recorded]) -> None:
        changes = [(recorded.position, change) for recorded in batch for change in project(recorded)]
        if self._written_before:
            self._bring_back([change for _, change in changes])
        for position, change in changes:
            held, values = self._held[change.table], {**change.values, "position": position}  # as `append_stream` does
            if change.insert:
                held.put(values)
            elif change.delete:
                held.remove(change.key, change.id)
            else:
                held.change(change.key, change.id, values)

    def _bring_back(self, changes: Sequence[Change]) -> None:
        """Hold the rows that the changes are about, as far as they are in the tables."""
        wanted: dict[tuple[str, str], set[str]] = {}
        for change in changes:
            if not change.insert and not self._is_held(change):
                wanted.setdefault((change.table, change.key), set()).add(change.id)
        for (name, column), ids in wanted.items():
            self._complete |= {(name, column, one) for one in ids}
            held = self._held[name]
            for row in self._read(self._tables[name], column, sorted(ids)):
                if row[held.key] not in held.rows:
                    held.put(row)

    def _is_held(self, change: Change) -> bool:
        held = self._held[change.table]
        return (change.table, change.key, change.id) in self._complete or (
            change.key == held.key and change.id in held.rows
        )

    def _read(self, table: Rebuilt, column: str, ids: Sequence[str]) -> list[Row]:
        query = SQL(BRING_BACK).format(
            table=Identifier(table.beside),
            column=Identifier(column),
            type=SQL(table.type_of(column)),  # as the catalogue prints it
        )
        found = [text for (text,) in self._connection.execute(query, (ids,)).fetchall()]
        self._bytes += sum(map(len, found))
        return [json.loads(text) for text in found]

    def _write(self, written: Written | None) -> None:
        """Put what is held into the tables, and hold nothing."""
        ids = {name: [*held.rows, *held.gone] for name, held in self._held.items()}
        with self._connection.transaction(), self._connection.cursor() as cursor:
            with cursor.copy("COPY staged FROM STDIN") as copy:
                for name, held in self._held.items():
                    for row in held.rows.values():
                        copy.write_row((name, ENCODER.encode(row)))
            for name, table in self._tables.items():
                cursor.execute(_put(table))
                cursor.execute(_drop(table), (sorted(self._held[name].gone),))
            cursor.execute("TRUNCATE staged")
        for held in self._held.values():
            held.clear()
        self._complete.clear()
        self._bytes, self._written_before = 0, True
        for name, of in ids.items():
            if written is not None and of:
                written(self._tables[name], of)


def _put(table: Rebuilt) -> Composed:
    columns = [Identifier(column) for column in table.columns]
    return SQL(PUT).format(
        table=Identifier(table.beside),
        name=table.live,
        key=Identifier(table.key),
        columns=SQL(", ").join(columns),
        made=SQL(", ").join(SQL("made.{}").format(column) for column in columns),
        values=SQL(", ").join(SQL("{0} = EXCLUDED.{0}").format(column) for column in columns),
    )


def _drop(table: Rebuilt) -> Composed:
    kind = SQL(table.type_of(table.key))  # as the catalogue prints it
    return SQL(DROP).format(table=Identifier(table.beside), key=Identifier(table.key), type=kind)
