"""What is in flight right now, as the tables and the disk of the service tell it."""

import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psycopg

from domain.adapters.embedded import Postgres
from domain.adapters.pieces import COMPLETE, PLAN
from domain.adapters.resumable import DURABLE

STAGES = ("download", "ingest", "index", "shard", "completion", "upload", "purge")
OF_ACTOR = {
    "download_dataset": "download",
    "ingest_dataset": "ingest",
    "index_dataset": "index",
    "tokenize_dataset": "shard",
    "purge_dataset": "purge",
}
HELD = (
    "SELECT job_id::text, piece, actor, stage, holder, fence FROM pieces WHERE holder IS NOT NULL AND done_at IS NULL"
)


@dataclass(frozen=True)
class Held:
    """A piece in somebody's hands."""

    job_id: str
    piece: str
    actor: str
    stage: int
    holder: str
    fence: int

    @property
    def pid(self) -> int:
        """The worker process."""
        return int(self.holder.rsplit("-", 2)[1])

    @property
    def name(self) -> str | None:
        """Its stage in the report; None for what has none: plans of tokenizations, exports, clearing away."""
        found = OF_ACTOR.get(self.actor)
        if found is not None and found != "purge" and self.stage == COMPLETE:
            return "completion"
        return None if found == "shard" and self.stage == PLAN else found


class Look:
    """A look into the database over a connection of its own, which goes down with the database and comes back."""

    def __init__(self, home: Path, storage: Path) -> None:
        self._url = Postgres(home).url
        self._uploads = storage / "uploads"
        self._connection: psycopg.Connection[tuple[object, ...]] | None = None

    def rows(self, query: str, values: Sequence[object] = ()) -> list[tuple]:
        """What a query gives; waits while the database is away."""
        while True:
            try:
                if self._connection is None:
                    self._connection = psycopg.connect(self._url, autocommit=True, connect_timeout=5)
                cursor = self._connection.execute(query, values)
                return cursor.fetchall() if cursor.description else []
            except psycopg.OperationalError:
                self.close()
                time.sleep(0.1)

    def held(self) -> list[Held]:
        """The pieces in hand."""
        return [Held(*row) for row in self.rows(HELD)]

    def in_flight(self) -> set[str]:
        """The stages that somebody is at."""
        found = {held.name for held in self.held()} - {None}
        return found | ({"upload"} if self.is_being_sent() else set())

    def is_being_sent(self) -> bool:
        """Whether a request adds to an upload: it holds a lock on its record, in a process that the kernel names."""
        locked = {line.split()[5].rpartition(":")[2] for line in Path("/proc/locks").read_text().splitlines()}
        for record in self._uploads.glob(f"*/{DURABLE}"):
            with suppress(FileNotFoundError):
                if str(record.stat().st_ino) in locked:
                    return True
        return False

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
        self._connection = None
