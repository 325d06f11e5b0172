"""How the servers and the storage are doing, for whoever watches over them: a few short questions, none of which grows
with the log."""

import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

import redis
from psycopg import Connection
from psycopg.rows import TupleRow

from domain.adapters.checkpoints import DISPATCHER
from domain.adapters.questions import QUEUE as QUESTIONS
from domain.adapters.queues import CORES, DOWNLOADS, HOUSEKEEPING
from domain.adapters.stored_views import StorageKind, usage_view

if TYPE_CHECKING:
    from domain.adapters.opened import Adapters

# Of the newest events that are looked for in the read models.
LOOKED_AT = 100
# Over which the rate of tokens is taken.
RATE_SECONDS = 30.0
# For a connection, so that a server which is away is told as such.
PATIENCE_SECONDS = 2.0
NAMESPACE = "dramatiq"
QUEUES = (DOWNLOADS, CORES, HOUSEKEEPING, QUESTIONS)

# What was purged or deleted has no row any more, and needs none; all else has one.
LAGS = """
WITH log AS (SELECT coalesce(max(position), 0) AS newest FROM events),
dispatched AS (SELECT coalesce(max(position), 0) AS position FROM checkpoints WHERE name = %(dispatcher)s),
shown AS (
    SELECT e.position, e.stream, coalesce(d.position, p.position) AS shown
    FROM (SELECT position, stream FROM events ORDER BY position DESC LIMIT %(looked_at)s) e
    LEFT JOIN datasets d ON d.id = CASE WHEN starts_with(e.stream, 'dataset-') THEN substr(e.stream, 9)::uuid END
    LEFT JOIN presets p ON p.id = CASE WHEN starts_with(e.stream, 'preset-') THEN substr(e.stream, 8)::uuid END
)
SELECT newest, newest - dispatched.position, coalesce((
    SELECT extract(epoch FROM clock_timestamp() - recorded_at)::float8 FROM events
    WHERE events.position > dispatched.position ORDER BY events.position LIMIT 1), 0),
    (SELECT count(*) FROM shown WHERE shown.shown < shown.position OR shown.shown IS NULL AND NOT EXISTS (
        SELECT 1 FROM events last WHERE last.stream = shown.stream AND last.type IN ('DatasetPurged', 'PresetDeleted')))
FROM log, dispatched
"""

IS_OPEN = "status IN ('QUEUED', 'RUNNING', 'CANCELLING')"

JOBS = f"SELECT kind, status, count(*) FROM jobs WHERE {IS_OPEN} GROUP BY kind, status"  # noqa: S608  of this module

OPEN_JOBS = f"SELECT id::text, kind, started_at FROM jobs WHERE {IS_OPEN}"  # noqa: S608  of this module

PIECES = """
SELECT actor, CASE WHEN holder IS NOT NULL THEN 'HELD' WHEN sent_at IS NOT NULL THEN 'SENT' ELSE 'WAITING' END, count(*)
FROM pieces WHERE done_at IS NULL AND NOT revoked GROUP BY 1, 2
"""

# A shard is a few seconds of work, and its tokens are in the ledger once it is done.
TOKENS_A_SECOND = """
SELECT coalesce(sum((outcome #>> '{figures,counters,source_tokens}')::bigint), 0) / %(seconds)s::float8 FROM pieces
WHERE actor = 'tokenize_dataset' AND done_at > clock_timestamp() - make_interval(secs => %(seconds)s)
"""


@dataclass(frozen=True, slots=True)
class LogMeasures:
    """What Postgres tells. `unshown` are those of the newest events that the read models do not show; `undispatched`
    events the dispatcher has not reacted to, the oldest for `undispatched_seconds`. Jobs by kind and status, pieces by
    actor and state: those that are open."""

    newest: int
    undispatched: int
    undispatched_seconds: float
    unshown: int
    jobs: Mapping[tuple[str, str], int]
    pieces: Mapping[tuple[str, str], int]
    tokens_a_second: float


@dataclass(frozen=True, slots=True)
class StorageMeasures:
    """Bytes of the storage: still to be asked for, used by kind, and promised."""

    free: int
    used: Mapping[str, int] = field(default_factory=dict)
    reserved: int = 0


@dataclass(frozen=True, slots=True)
class DiskMeasures:
    """Bytes of the storage's disk, whoever uses it."""

    total: int
    free: int


def measure_log(adapters: "Adapters") -> LogMeasures:
    """What Postgres tells now. Raises psycopg.OperationalError, PoolTimeout."""
    with adapters.pool.connection(timeout=PATIENCE_SECONDS) as connection:
        row = connection.execute(LAGS, {"dispatcher": DISPATCHER, "looked_at": LOOKED_AT}).fetchone()
        rate = connection.execute(TOKENS_A_SECOND, {"seconds": RATE_SECONDS}).fetchone()
        assert row is not None
        assert rate is not None
        return LogMeasures(
            newest=row[0],
            undispatched=max(0, row[1]),
            undispatched_seconds=max(0.0, row[2]),
            unshown=row[3],
            jobs=_by_pair(connection, JOBS),
            pieces=_by_pair(connection, PIECES),
            tokens_a_second=float(rate[0]),
        )


def open_jobs(adapters: "Adapters") -> dict[str, tuple[str, datetime | None]]:
    """The kind of each job that is not over, and when it started."""
    with adapters.pool.connection() as connection:
        return {row[0]: (row[1], row[2]) for row in connection.execute(OPEN_JOBS).fetchall()}


def _by_pair(connection: Connection[TupleRow], query: str) -> dict[tuple[str, str], int]:
    return {(row[0], row[1]): row[2] for row in connection.execute(query).fetchall()}


def measure_queues(client: "redis.Redis") -> dict[str, int]:
    """Messages that wait, by queue. Raises redis.RedisError."""
    waiting = client.pipeline(transaction=False)
    for queue in QUEUES:
        waiting.llen(f"{NAMESPACE}:{queue}")
    return dict(zip(QUEUES, waiting.execute(), strict=True))


def measure_storage(adapters: "Adapters") -> StorageMeasures:
    """What may be stored and is stored now. Raises as Postgres does."""
    usage = usage_view(adapters.engine, adapters.storage)
    room = adapters.room()
    return StorageMeasures(
        free=room.free(used=usage.used),
        used={kind.value: usage.of(kind) for kind in StorageKind},
        reserved=room.promised,
    )


def measure_disk(adapters: "Adapters") -> DiskMeasures:
    """What the disk itself tells, whether Postgres answers or not. Raises OSError."""
    disk = shutil.disk_usage(adapters.storage)
    return DiskMeasures(disk.total, disk.free)
