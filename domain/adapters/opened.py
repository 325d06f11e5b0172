"""What a process that works with the servers has open: `open_adapters` is the one place that chooses concrete parts."""

import select
from dataclasses import dataclass
from pathlib import Path

import orjson
from psycopg import Connection
from psycopg.rows import TupleRow
from psycopg.types.json import set_json_loads
from psycopg_pool import ConnectionPool
from sqlalchemy import Engine, NullPool, create_engine

from domain.adapters.connecting import keep_alive
from domain.adapters.downloads import Downloads
from domain.adapters.pieces import Pieces
from domain.adapters.postgres_log import PostgresLog
from domain.adapters.progress import ProgressBoard
from domain.adapters.reservations import Reservations
from domain.adapters.secret_key import KeyOfSecrets
from domain.adapters.secrets import Secrets
from domain.adapters.settings import Settings
from domain.adapters.storage import Room, room_of

LEAST_CONNECTIONS = 1
MOST_CONNECTIONS = 8


@dataclass(frozen=True, slots=True)
class Adapters:
    """What a process works with. `storage` is the root that folders in events are relative to."""

    settings: Settings
    pool: ConnectionPool[Connection[TupleRow]]
    appends: ConnectionPool[Connection[TupleRow]]
    reads: ConnectionPool[Connection[TupleRow]]
    engine: Engine
    log: PostgresLog
    pieces: Pieces
    progress: ProgressBoard
    secrets: Secrets
    downloads: Downloads
    reservations: Reservations
    storage: Path

    def room(self) -> Room:
        """The room of the storage, with what is promised of it now."""
        return self.reservations.room(room_of(self.settings))

    def free_bytes(self) -> int:
        """What the storage has for new jobs."""
        return self.reservations.free(room_of(self.settings))

    def close(self) -> None:
        """Give back the connections."""
        self.engine.dispose()
        self.reads.close()
        self.appends.close()
        self.pool.close()


def open_adapters(settings: Settings, connections: int = MOST_CONNECTIONS) -> Adapters:
    """Open the parts on the servers that the settings name; `connections` to Postgres at most, as many for views, and
    one for appends."""
    assert settings.database_url, "the caller names the database"
    pool = _pool(settings.database_url, connections)
    # a view is one statement, and so is an append: both are spared the round trips that begin and end a transaction
    appends = _pool(settings.database_url, 1, autocommit=True)
    reads = _pool(settings.database_url, connections, autocommit=True)
    engine = create_engine(
        "postgresql+psycopg://",
        poolclass=NullPool,
        creator=reads.getconn,
        use_native_hstore=False,  # it would be looked for with every view
    )
    settings.storage.mkdir(parents=True, exist_ok=True)
    key = KeyOfSecrets(settings.secret_key, settings.home)
    return Adapters(
        settings=settings,
        pool=pool,
        engine=engine,
        appends=appends,
        reads=reads,
        log=PostgresLog(pool, appends),
        pieces=Pieces(pool),
        progress=ProgressBoard(pool),
        secrets=Secrets(pool, key),
        downloads=Downloads(key, settings.download_minutes),
        reservations=Reservations(pool),
        storage=settings.storage,
    )


def _pool(url: str, connections: int, *, autocommit: bool = False) -> ConnectionPool[Connection[TupleRow]]:
    return ConnectionPool(
        url,
        min_size=LEAST_CONNECTIONS,
        max_size=connections,
        kwargs={"autocommit": autocommit},
        configure=_configure,
        open=True,
        close_returns=True,
        check=_check,
    )


def _configure(connection: Connection[TupleRow]) -> None:
    set_json_loads(orjson.loads, connection)
    keep_alive(connection)


def _check(connection: Connection[TupleRow]) -> None:
    """One that died with an earlier server is not handed out: its socket has come to its end, which needs no query."""
    waiting = select.poll()
    waiting.register(connection.fileno(), select.POLLIN)
    if waiting.poll(0):
        ConnectionPool.check_connection(connection)
