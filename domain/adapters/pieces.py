"""Leases and ledger of runs. A job is cut into pieces: one `plan`, then the work, then one `complete`, then `clean`.

Run state, not a projection: a rebuild never touches it. All times come from the database clock. Each taking of a piece
draws a fence number from one sequence; whatever the holder reports is checked against it, so a zombie is refused.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from psycopg import Connection
from psycopg.rows import TupleRow, class_row
from psycopg_pool import ConnectionPool

from domain.adapters.jsonb import dumps

CHANNEL = "pieces"
# What was sent and not begun for so long is lost: nothing is sent that could not start at once.
LOST_AFTER_SECONDS = 30
# Messages that may wait in a queue beyond one for each worker that is busy now.
SENT_AHEAD = 4

PLAN, WORK, COMPLETE, CLEAN = 0, 1, 2, 3
# What a cancelled run left is cleared away before the same job begins anew.
CLEAN_FIRST = -1
CLEAN_ACTOR = "clean_run"


@dataclass(frozen=True, slots=True)
class NewPiece:
    """A piece to be done: `spec` holds the arguments that differ from piece to piece, `amount` its size in the job's
    unit of progress (None: not known)."""

    piece: str
    stage: int
    spec: Mapping[str, Any] = field(default_factory=dict)
    amount: int | None = 0


@dataclass(frozen=True, slots=True)
class Lease:
    """A piece that is held: only under this fence may it be reported on."""

    job_id: str
    piece: str
    dataset_id: str
    actor: str
    stage: int
    spec: Mapping[str, Any]
    amount: int | None
    fence: int
    holder: str
    progressed: bool


@dataclass(frozen=True, slots=True)
class Message:
    """A piece that may start now; `correlation_id` names the story that its job belongs to."""

    job_id: str
    piece: str
    dataset_id: str
    actor: str
    correlation_id: str | None = None


LEASE = "job_id::text, piece, dataset_id::text, actor, stage, spec, amount, fence, holder, progressed"

TAKE = f"""
UPDATE pieces SET fence = nextval('fences'), holder = %(holder)s, progressed = false,
    begun_at = clock_timestamp(), beat_at = clock_timestamp()
WHERE job_id = %(job_id)s AND piece = %(piece)s AND holder IS NULL AND done_at IS NULL AND NOT revoked
    AND not_before <= clock_timestamp()
RETURNING {LEASE}
"""  # noqa: S608  constants of this module

HELD = "job_id = %(job_id)s AND piece = %(piece)s AND fence = %(fence)s AND holder = %(holder)s"

BEAT = f"""
UPDATE pieces SET beat_at = clock_timestamp(), progressed = progressed OR %(progressed)s
WHERE {HELD} AND NOT revoked
"""  # noqa: S608  constants of this module

COMMIT = f"""
UPDATE pieces SET done_at = clock_timestamp(), outcome = %(outcome)s::jsonb, holder = NULL
WHERE {HELD} AND done_at IS NULL AND NOT revoked
"""  # noqa: S608  constants of this module

LET_GO = f"UPDATE pieces SET holder = NULL, sent_at = NULL WHERE {HELD}"  # noqa: S608  constants of this module

ADD = """
INSERT INTO pieces (job_id, piece, dataset_id, actor, stage, spec, amount, not_before)
VALUES (%s, %s, %s, %s, %s, %s::jsonb, %s, clock_timestamp() + make_interval(secs => %s))
ON CONFLICT (job_id, piece) DO NOTHING
"""

# A job's pieces go out stage by stage, downloads only up to the limit of jobs at a time (imports, which fetch nothing,
# are not counted), oldest jobs first; clean-ups as they fall due, so that those that fail again hold up no others.
READY = """
WITH downloading AS (
    SELECT id FROM jobs j WHERE kind = 'DOWNLOAD' AND status IN ('QUEUED', 'RUNNING', 'CANCELLING')
        AND NOT EXISTS (SELECT 1 FROM pieces p WHERE p.job_id = j.id AND p.actor = 'import_dataset')
    ORDER BY status = 'QUEUED', created_at, id LIMIT %(downloads)s
), waiting AS (
    SELECT p.job_id, p.piece, p.dataset_id, p.actor, p.sent_at, j.correlation_id,
        row_number() OVER (PARTITION BY p.actor ORDER BY CASE WHEN p.actor = 'clean_run' THEN p.not_before
            ELSE j.created_at END, p.job_id, p.stage, p.piece) AS turn
    FROM pieces p JOIN jobs j ON j.id = p.job_id
    WHERE p.done_at IS NULL AND p.holder IS NULL AND NOT p.revoked AND p.not_before <= clock_timestamp()
        AND (p.actor = 'clean_run' OR j.status IN ('QUEUED', 'RUNNING'))
        AND (p.actor <> 'download_dataset' OR p.job_id IN (SELECT id FROM downloading))
        AND (p.actor <> 'purge_dataset' OR j.tokenization_id IS NOT NULL OR NOT EXISTS (
            SELECT 1 FROM pieces h WHERE h.dataset_id = p.dataset_id AND h.job_id <> p.job_id
                AND h.holder IS NOT NULL AND h.done_at IS NULL))
        AND (p.actor = 'clean_run' OR NOT EXISTS (
            SELECT 1 FROM pieces q WHERE q.job_id = p.job_id AND q.stage < p.stage AND q.done_at IS NULL))
)
SELECT job_id::text, piece, dataset_id::text, actor, correlation_id FROM waiting
WHERE turn <= %(ahead)s + (SELECT count(DISTINCT holder) FROM pieces WHERE holder IS NOT NULL)
    AND (sent_at IS NULL OR %(all)s OR sent_at < clock_timestamp() - make_interval(secs => %(lost)s))
ORDER BY turn
"""

STALLED = f"""
SELECT {LEASE} FROM pieces
WHERE holder IS NOT NULL AND done_at IS NULL AND beat_at < clock_timestamp() - make_interval(secs => %s)
"""  # noqa: S608  constants of this module

WITHOUT_PIECES = """
SELECT j.id::text, j.dataset_id::text,
    CASE WHEN j.kind = 'DOWNLOAD' AND d.source->>'kind' = 'IMPORT' THEN 'IMPORT' ELSE j.kind END
FROM jobs j LEFT JOIN datasets d ON d.id = j.dataset_id
WHERE j.status IN ('QUEUED', 'RUNNING') AND NOT EXISTS (SELECT 1 FROM pieces p WHERE p.job_id = j.id)
"""

LET_GO_OF = """
SELECT j.id::text, j.dataset_id::text FROM jobs j
WHERE j.status = 'CANCELLING' AND NOT EXISTS (
    SELECT 1 FROM pieces p WHERE p.job_id = j.id AND p.holder IS NOT NULL AND p.done_at IS NULL
        AND (NOT p.revoked OR p.beat_at > clock_timestamp() - make_interval(secs => %s)))
"""

REOPEN = """
UPDATE pieces SET holder = NULL, sent_at = NULL, not_before = clock_timestamp() + make_interval(secs => %s)
WHERE job_id = %s AND piece = %s AND fence = %s AND done_at IS NULL
"""

# A clean-up is never called off by the end that it cleans up after.
REVOKE = "UPDATE pieces SET revoked = true WHERE job_id = %s AND done_at IS NULL AND actor <> %s"

REDO = """
UPDATE pieces SET done_at = NULL, outcome = NULL, holder = NULL, sent_at = NULL, not_before = clock_timestamp()
WHERE job_id = %s AND outcome->>'file' = %s
"""

Pool = ConnectionPool[Connection[TupleRow]]


class Pieces:
    """Every statement about pieces; safe for use by many threads and processes."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    def take(self, job_id: str, piece: str, holder: str) -> Lease | None:
        """Hold a piece that may start, or None: it is held, done, revoked, or not yet due."""
        values = {"job_id": job_id, "piece": piece, "holder": holder}
        with self._pool.connection() as connection, connection.cursor(row_factory=class_row(Lease)) as cursor:
            return cursor.execute(TAKE, values).fetchone()

    def beat(self, lease: Lease, *, progressed: bool) -> bool:
        """The holder lives. False: the piece was revoked or is another's, so let go of it."""
        return self._changed(BEAT, {**_held(lease), "progressed": progressed})

    def commit(self, lease: Lease, outcome: Mapping[str, Any], follow: Sequence[NewPiece] = ()) -> bool:
        """Enter the outcome in the ledger and add the pieces that follow, in one transaction; False: refused."""
        with self._pool.connection() as connection:
            values = {**_held(lease), "outcome": dumps(dict(outcome))}
            if connection.execute(COMMIT, values).rowcount == 0:
                return False
            for piece in follow:
                _add(connection, lease.job_id, lease.dataset_id, lease.actor, piece)
            _wake(connection)
        return True

    def let_go(self, lease: Lease) -> None:
        """Give a piece back undone: an orderly stop, which counts as no attempt, or a revoked one."""
        with self._pool.connection() as connection:
            connection.execute(LET_GO, _held(lease))
            _wake(connection)

    def add(self, job_id: str, dataset_id: str, actor: str, piece: NewPiece, after_seconds: float = 0.0) -> None:
        """Add a piece; one that is there stays as it is."""
        with self._pool.connection() as connection:
            _add(connection, job_id, dataset_id, actor, piece, after_seconds)

    def reopen(self, job_id: str, piece: str, fence: int, after_seconds: float) -> None:
        """A failed attempt is over; the next may begin after the wait."""
        self._changed(REOPEN, (after_seconds, job_id, piece, fence))

    def resume(self, job_id: str) -> None:
        """A failed job goes on: its open pieces may start, its clean-up is called off."""
        with self._pool.connection() as connection:
            connection.execute("DELETE FROM pieces WHERE job_id = %s AND stage = %s", (job_id, CLEAN))
            connection.execute(
                "UPDATE pieces SET revoked = false, sent_at = NULL, not_before = clock_timestamp() WHERE job_id = %s",
                (job_id,),
            )

    def revoke(self, job_id: str) -> None:
        """Make every holder let go at its next beat, and nobody begin."""
        self._changed(REVOKE, (job_id, CLEAN_ACTOR))

    def redo(self, job_id: str, file: str) -> None:
        """The piece whose ledger names the file is not finished after all."""
        self._changed(REDO, (job_id, file))

    def is_committed(self, lease: Lease) -> bool:
        """Whether it was this very holding that finished the piece."""
        query = "SELECT 1 FROM pieces WHERE job_id = %s AND piece = %s AND fence = %s AND done_at IS NOT NULL"
        with self._pool.connection() as connection:
            return connection.execute(query, (lease.job_id, lease.piece, lease.fence)).fetchone() is not None

    def forget(self, job_id: str) -> None:
        """Drop leases and ledger of a job."""
        self._changed("DELETE FROM pieces WHERE job_id = %s", (job_id,))

    def ledger(self, job_id: str) -> dict[str, dict[str, Any]]:
        """The outcomes of the finished pieces, by piece, in order; clearing away comes to nothing that counts."""
        query = (
            "SELECT piece, outcome FROM pieces WHERE job_id = %s AND done_at IS NOT NULL AND stage BETWEEN %s AND %s "
            "ORDER BY stage, length(piece), piece"
        )
        with self._pool.connection() as connection:
            return {row[0]: row[1] for row in connection.execute(query, (job_id, PLAN, COMPLETE)).fetchall()}

    def jobs_of(self, dataset_id: str) -> set[str]:
        """The jobs of a dataset that have pieces: their runs are not over, or not cleared away."""
        query = "SELECT DISTINCT job_id::text FROM pieces WHERE dataset_id = %s"
        with self._pool.connection() as connection:
            return {row[0] for row in connection.execute(query, (dataset_id,)).fetchall()}

    def outcome(self, job_id: str, piece: str) -> dict[str, Any]:
        """What one finished piece came to."""
        query = "SELECT outcome FROM pieces WHERE job_id = %s AND piece = %s AND done_at IS NOT NULL"
        with self._pool.connection() as connection:
            row = connection.execute(query, (job_id, piece)).fetchone()
        assert row is not None, "a piece is asked for after it was finished"
        found: dict[str, Any] = row[0]
        return found

    def ready(self, downloads: int, *, resend: bool = False) -> list[Message]:
        """What may start now and was not sent; `resend`: the messages of those that were sent are known to be lost."""
        values = {"downloads": downloads, "ahead": SENT_AHEAD, "lost": LOST_AFTER_SECONDS, "all": resend}
        with self._pool.connection() as connection, connection.cursor(row_factory=class_row(Message)) as cursor:
            return cursor.execute(READY, values).fetchall()

    def sent(self, message: Message) -> None:
        """Note that the message is on its way."""
        query = "UPDATE pieces SET sent_at = clock_timestamp() WHERE job_id = %s AND piece = %s"
        self._changed(query, (message.job_id, message.piece))

    def stalled(self, lease_seconds: float) -> list[Lease]:
        """Pieces whose holder has not been heard of for so long."""
        with self._pool.connection() as connection, connection.cursor(row_factory=class_row(Lease)) as cursor:
            return cursor.execute(STALLED, (lease_seconds,)).fetchall()

    def let_go_of(self, lease_seconds: float) -> list[tuple[str, str]]:
        """(job, dataset) of the jobs being cancelled that no living worker holds any more."""
        with self._pool.connection() as connection:
            return [(row[0], row[1]) for row in connection.execute(LET_GO_OF, (lease_seconds,)).fetchall()]

    def without_pieces(self) -> list[tuple[str, str, str]]:
        """(job, dataset, kind) of open jobs whose run state is gone or was never made; of an import it is IMPORT."""
        with self._pool.connection() as connection:
            return [(row[0], row[1], row[2]) for row in connection.execute(WITHOUT_PIECES).fetchall()]

    def _changed(self, query: str, values: Mapping[str, Any] | Sequence[Any]) -> bool:
        with self._pool.connection() as connection:
            return connection.execute(query, values).rowcount > 0


def _held(lease: Lease) -> dict[str, Any]:
    return {"job_id": lease.job_id, "piece": lease.piece, "fence": lease.fence, "holder": lease.holder}


def _add(
    connection: Connection[TupleRow],
    job_id: str,
    dataset_id: str,
    actor: str,
    piece: NewPiece,
    after_seconds: float = 0.0,
) -> None:
    values = (job_id, piece.piece, dataset_id, actor, piece.stage, dumps(dict(piece.spec)), piece.amount, after_seconds)
    connection.execute(ADD, values)


def _wake(connection: Connection[TupleRow]) -> None:
    connection.execute("SELECT pg_notify(%s, '')", (CHANNEL,))
