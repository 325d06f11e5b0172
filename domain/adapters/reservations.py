"""Room that is promised before it is written to, so that no two jobs are promised the same.

Run state, not a projection: a rebuild never touches it. A promise counts with what its holder has not written yet: what
it has written is missing from the disk's free bytes already. Times come from the database clock.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from psycopg import Connection
from psycopg.rows import TupleRow
from psycopg_pool import ConnectionPool

from domain.adapters import locks
from domain.adapters.files import named, written_beside, written_size
from domain.adapters.folders import INCOMING, UPLOADS
from domain.adapters.storage import Room

# Within so long a mutation that was promised room has led to a job, or was refused.
ASKED_WITHIN_SECONDS = 600.0

# Counting a million files of a network mount takes less. Who comes to no end holds up all others no longer than that,
# and finds that the database has let go of it: psycopg.errors.IdleInTransactionSessionTimeout.
LONGEST_WALK = "5min"

ONE_AT_A_TIME = "SELECT set_config('idle_in_transaction_session_timeout', %s, true), pg_advisory_xact_lock(%s)"

KEEP = """
INSERT INTO reservations (id, bytes, written_as, until) VALUES (%(id)s, %(bytes)s, %(written_as)s, {until})
ON CONFLICT (id) DO UPDATE SET bytes = excluded.bytes, written_as = excluded.written_as, until = excluded.until
"""
KEEP_FOR = KEEP.format(until="clock_timestamp() + make_interval(secs => %(seconds)s)")

RENEW = """
UPDATE reservations SET until = clock_timestamp() + make_interval(secs => %(seconds)s) WHERE id = %(id)s
"""

HAND_OVER = """
WITH before AS (DELETE FROM reservations WHERE id = %(id)s RETURNING bytes)
INSERT INTO reservations (id, bytes, written_as)
SELECT %(to)s, bytes - %(less)s, %(written_as)s FROM before WHERE bytes > %(less)s
ON CONFLICT (id) DO NOTHING
"""

# Of jobs that are over, or gone with their dataset; of mutations that came to nothing; of uploads that are given up.
SWEEP = """
DELETE FROM reservations r
WHERE NOT EXISTS (SELECT 1 FROM jobs j WHERE j.id::text = r.id AND j.status IN ('QUEUED', 'RUNNING', 'CANCELLING'))
    AND (r.until IS NULL OR r.until < clock_timestamp() OR EXISTS (SELECT 1 FROM jobs j WHERE j.id::text = r.id))
"""


# What was promised for a mutation of which nobody knows what came; its time is over and there is no such job.
UNKNOWN = """
SELECT written_as FROM reservations r
WHERE r.until < clock_timestamp() AND NOT EXISTS (SELECT 1 FROM jobs j WHERE j.id::text = r.id)
"""

# Folders that events name never change, and have as many bytes as is told there.
TOLD = """
SELECT folder, size_bytes FROM datasets WHERE folder IS NOT NULL
UNION ALL SELECT index_folder, index_bytes FROM datasets WHERE index_folder IS NOT NULL
UNION ALL SELECT folder, size_bytes FROM tokenizations WHERE folder IS NOT NULL
UNION ALL SELECT folder, size_bytes FROM exports WHERE folder IS NOT NULL
"""

IS_OPEN = "SELECT 1 FROM jobs j WHERE j.id::text = r.id AND j.status IN ('QUEUED', 'RUNNING', 'CANCELLING')"

WITHDRAW = f"DELETE FROM reservations r WHERE r.id = %s AND NOT EXISTS ({IS_OPEN})"  # noqa: S608  of this module


@dataclass(frozen=True, slots=True)
class Need:
    """The `bytes` that something takes up at its peak, all that it writes included; `what` says in a few words what it
    is, `less` how it would need less."""

    bytes: int
    what: str
    less: str


# Under which the ledger of a plan keeps what room its run needs.
ROOM = "room"


def told_need(need: Need | None) -> dict[str, Any]:
    """As the ledger of the plan keeps it."""
    return {} if need is None else {ROOM: asdict(need)}


def planned_need(outcome: Mapping[str, Any]) -> Need | None:
    """What a run needs by the outcome of its plan; None where that does not say."""
    return Need(**outcome[ROOM]) if ROOM in outcome else None


@dataclass(frozen=True, slots=True)
class Holder:
    """Whose promise it is: a job or an upload by its `id`. `written_as` is the pattern of what it writes, below the
    storage."""

    id: str
    written_as: str


def job_holder(dataset_id: str, job_id: str) -> Holder:
    """The job: its folder of pieces and what it publishes have its id in their names."""
    return Holder(job_id, f"datasets/{dataset_id}/*-{job_id}*")


def upload_holder(upload_id: str) -> Holder:
    """The upload: what has come of it is in the folder of its id."""
    return Holder(f"upload-{upload_id}", f"{UPLOADS}/{upload_id}")


def incoming_holder(name: str) -> Holder:
    """A file of a request, by its name among those that are coming in."""
    return Holder(f"incoming-{name}", f"{INCOMING}/{name}")


class Reservations:
    """Every statement about promised room; safe for use by many threads and processes."""

    def __init__(self, pool: ConnectionPool[Connection[TupleRow]]) -> None:
        self._pool = pool

    def reserve(self, holder: Holder, need: Need, room: Room, seconds: float | None = None) -> None:
        """Promise the holder so much in `room`, instead of what it was promised before; `seconds`: for so long, unless
        a job of its id is open. TooLittleRoom where it does not fit beside what others were promised."""
        with self._pool.connection() as connection:
            connection.execute(ONE_AT_A_TIME, (LONGEST_WALK, locks.RESERVE))
            # what is written while this looks counts twice, never not at all: the promises are read before the disk
            promised = replace(room, promised=_promised(connection, room, holder.id))
            needed = need.bytes - _written(room, holder.written_as)
            promised.require(needed, need.what, need.less, _used(room, _told(connection, room)))
            values = {"id": holder.id, "bytes": need.bytes, "written_as": holder.written_as, "seconds": seconds}
            connection.execute(KEEP.format(until="NULL") if seconds is None else KEEP_FOR, values)

    def hold(self, holder: Holder, need: Need, room: Room) -> None:
        """Promise it where the holder has no promise. TooLittleRoom."""
        if not self.has(holder.id):
            self.reserve(holder, need, room)

    def renew(self, holder_id: str, seconds: float) -> bool:
        """What the holder was promised holds for so long from now; whether it was promised anything."""
        with self._pool.connection() as connection:
            renewed = connection.execute(RENEW, {"id": holder_id, "seconds": seconds})
            return renewed.rowcount > 0

    def has(self, holder_id: str) -> bool:
        """Whether it was promised anything."""
        with self._pool.connection() as connection:
            return connection.execute("SELECT 1 FROM reservations WHERE id = %s", (holder_id,)).fetchone() is not None

    def hand_over(self, holder_id: str, to: Holder, less: int) -> None:
        """What was promised to one is promised to the next, `less` what the first has made of it."""
        with self._pool.connection() as connection:
            connection.execute(HAND_OVER, {"id": holder_id, "to": to.id, "written_as": to.written_as, "less": less})

    def release(self, holder_id: str) -> None:
        """The holder writes no more; one that has no promise is fine."""
        with self._pool.connection() as connection:
            connection.execute("DELETE FROM reservations WHERE id = %s", (holder_id,))

    def withdraw(self, holder_id: str) -> None:
        """The same for what was promised in vain; a job of its id that is open keeps it."""
        with self._pool.connection() as connection:
            connection.execute(WITHDRAW, (holder_id,))

    def in_vain(self) -> list[str]:
        """What those have written, as patterns below the storage, whose promise was for a time that is over, and who
        are no jobs: `sweep` drops them."""
        with self._pool.connection() as connection:
            return [row[0] for row in connection.execute(UNKNOWN).fetchall()]

    def sweep(self) -> None:
        """Drop the promises that nobody needs any more."""
        with self._pool.connection() as connection:
            connection.execute(SWEEP)

    def room(self, room: Room) -> Room:
        """The room with what is promised in it now."""
        with self._pool.connection() as connection:
            return replace(room, promised=_promised(connection, room, ""))

    def free(self, room: Room) -> int:
        """Bytes of the room that may still be written and are promised to nobody now."""
        now, told = self._now(room)
        return now.free(_used(room, told))

    def require(self, need: Need, room: Room) -> None:
        """TooLittleRoom where so much does not fit now; nothing is promised."""
        now, told = self._now(room)
        now.require(need.bytes, need.what, need.less, _used(room, told))

    def _now(self, room: Room) -> tuple[Room, Mapping[Path, int]]:
        with self._pool.connection() as connection:
            return replace(room, promised=_promised(connection, room, "")), _told(connection, room)


def _told(connection: Connection[TupleRow], room: Room) -> Mapping[Path, int]:
    """The bytes of the folders that events name; only a quota counts them."""
    rows = connection.execute(TOLD).fetchall() if room.quota is not None else ()
    return {Path(room.folder) / folder: size for folder, size in rows}


def _used(room: Room, told: Mapping[Path, int]) -> int | None:
    """What of its quota is used, or a little more; None where it has none. Others may wait meanwhile, so nobody looks
    into folders of which it is told."""
    return None if room.quota is None else written_beside(Path(room.folder), told)


def _promised(connection: Connection[TupleRow], room: Room, without: str) -> int:
    """What all but one may still write."""
    rows = connection.execute("SELECT bytes, written_as FROM reservations WHERE id <> %s", (without,)).fetchall()
    return sum(max(0, bytes_ - _written(room, written_as)) for bytes_, written_as in rows)


def _written(room: Room, written_as: str) -> int:
    return written_size(*named(Path(room.folder) / written_as))
