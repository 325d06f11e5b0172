"""Progress: one coalesced row a run, at most 2 writes a second whoever works on it. Not history: an unlogged table."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from psycopg.rows import class_row

from domain.adapters.pieces import Lease, Pool

CHANNEL = "progress"
LEAST_SECONDS_BETWEEN_WRITES = 0.5

# What is finished and the total come from the ledger, so the row may be lost at any moment. The rate is a moving
# average over the writes.
WRITE = """
WITH ledger AS (
    SELECT coalesce(sum(amount) FILTER (WHERE done_at IS NOT NULL), 0) AS finished,
        CASE WHEN count(*) = count(amount) THEN sum(amount) END AS total
    FROM pieces WHERE job_id = %(job_id)s AND stage BETWEEN 0 AND 2
), written AS (
    INSERT INTO progress AS p (job_id, dataset_id, unit, finished, working, done, total, rate, updated_at)
    SELECT %(job_id)s, %(dataset_id)s, %(unit)s, finished, jsonb_build_object(%(piece)s::text, %(done)s::bigint),
        finished + %(done)s, total, NULL, clock_timestamp() FROM ledger
    ON CONFLICT (job_id) DO UPDATE SET
        unit = excluded.unit, finished = excluded.finished, total = excluded.total,
        working = p.working || excluded.working,
        done = excluded.finished
            + (SELECT sum(value::bigint) FROM jsonb_each_text(p.working || excluded.working)),
        rate = greatest(0, coalesce(0.7 * p.rate, 0) + CASE WHEN p.rate IS NULL THEN 1 ELSE 0.3 END * (
            excluded.finished + (SELECT sum(value::bigint) FROM jsonb_each_text(p.working || excluded.working)) - p.done
        ) / greatest(extract(epoch FROM excluded.updated_at - p.updated_at), 0.001)),
        updated_at = excluded.updated_at
    WHERE p.updated_at <= excluded.updated_at - make_interval(secs => %(seconds)s)
    RETURNING 1
)
SELECT pg_notify(%(channel)s, %(dataset_id)s::text) FROM written
"""

SETTLE = "UPDATE progress SET working = working - %s WHERE job_id = %s"

SELECT = "SELECT job_id::text, dataset_id::text, unit, done, total, rate, updated_at FROM progress"


@dataclass(frozen=True, slots=True)
class ProgressRow:
    """How far a run is: `done` of `total` (None: not known) in `unit`, `rate` a second (None: not known yet)."""

    job_id: str
    dataset_id: str
    unit: str
    done: int
    total: int | None
    rate: float | None
    updated_at: datetime


class ProgressBoard:
    """The progress of all runs; safe for use by many threads and processes."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    def write(self, lease: Lease, unit: str, done: int) -> bool:
        """Show that `done` units of the piece are done. False: too soon after the last write, so nothing was."""
        values = {
            "job_id": lease.job_id,
            "dataset_id": lease.dataset_id,
            "piece": lease.piece,
            "unit": unit,
            "done": done,
            "channel": CHANNEL,
            "seconds": LEAST_SECONDS_BETWEEN_WRITES,
        }
        with self._pool.connection() as connection:
            return connection.execute(WRITE, values).rowcount > 0

    def settle(self, job_id: str, piece: str) -> None:
        """The piece is no longer worked on: what the ledger says of it counts from now on."""
        with self._pool.connection() as connection:
            connection.execute(SETTLE, (piece, job_id))

    def forget(self, job_id: str) -> None:
        """The run is over."""
        with self._pool.connection() as connection:
            connection.execute("DELETE FROM progress WHERE job_id = %s", (job_id,))

    def of_jobs(self, job_ids: Sequence[str]) -> dict[str, ProgressRow]:
        """The rows of those jobs that have one, by job."""
        return {row.job_id: row for row in self._rows("job_id", job_ids)}

    def of_datasets(self, dataset_ids: Sequence[str]) -> dict[str, list[ProgressRow]]:
        """The rows of all runs of those datasets, by dataset."""
        rows = self._rows("dataset_id", dataset_ids)
        return {key: [row for row in rows if row.dataset_id == key] for key in {row.dataset_id for row in rows}}

    def _rows(self, column: str, ids: Sequence[str]) -> list[ProgressRow]:
        query = f"{SELECT} WHERE {column} = ANY (%s::uuid[])"
        with self._pool.connection() as connection, connection.cursor(row_factory=class_row(ProgressRow)) as cursor:
            return cursor.execute(query, (list(ids),)).fetchall()
