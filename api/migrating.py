"""`mistudio migrate`: brings a database to the newest schema, or back to one from before."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from alembic import command
from alembic.config import Config

from domain.adapters import locks
from domain.adapters.embedded import EmbeddedError, Postgres
from domain.adapters.schema_version import SchemaError, known_revisions, refuse_newer, revision_of
from domain.adapters.settings import Settings

PROJECT = Path(__file__).resolve().parents[1]
REFUSED, UNKNOWN = 1, 2
IS_DISPATCHED = (
    "SELECT EXISTS (SELECT FROM pg_locks l JOIN pg_database d ON d.oid = l.database"
    " WHERE l.locktype = 'advisory' AND l.objid = %s AND l.granted AND d.datname = current_database())"
)


def run_migrate(settings: Settings, to: str | None = None) -> int:
    """Migrate what the settings name, and say what was done; the exit code: 1 when it is refused, 2 when there is no
    such schema."""
    if to is not None and to not in known_revisions():
        sys.stderr.write(f"There is no schema {to!r}: name one of {', '.join(known_revisions())}.\n")
        return UNKNOWN
    try:
        with _database(settings) as url:
            if to is not None:
                _refuse_back_while_in_use(url, to)
            migrate(url, to)
    except (SchemaError, EmbeddedError) as wrong:
        sys.stderr.write(f"{wrong}\n")
        return REFUSED
    except psycopg.OperationalError as trouble:
        sys.stderr.write(f"The database does not answer: {trouble}\n")
        return REFUSED
    return 0


def migrate(url: str, to: str | None = None) -> None:
    """Bring this database to a schema, the newest when none is named; two at once take turns. Raises SchemaError, and
    changes nothing, where it is of a later program."""
    refuse_newer(url)
    config = Config()
    config.set_main_option("script_location", str(PROJECT / "migrations"))
    config.set_main_option("path_separator", "os")
    config.set_main_option("sqlalchemy.url", url.replace("%", "%%"))
    if to is not None and _lies_behind(url, to):
        command.downgrade(config, to)
    else:
        command.upgrade(config, to or "head")


@contextmanager
def _database(settings: Settings) -> Iterator[str]:
    """The URL of the database that is named, or of the home's own Postgres, which is up for so long at least."""
    if settings.database_url is not None:
        yield settings.database_url
        return
    server = Postgres(settings.home)
    was_up = server.alive()
    server.start()
    try:
        yield server.url
    finally:
        if not was_up:
            server.stop()


def _refuse_back_while_in_use(url: str, to: str) -> None:
    """Whoever runs knows the schema that it began with, and no older one."""
    with psycopg.connect(url, autocommit=True) as connection:
        used = connection.execute(IS_DISPATCHED, (locks.LEADER,)).fetchone()
    if used == (True,) and _lies_behind(url, to):
        raise SchemaError("A service runs on this database: stop it, then go back.")


def _lies_behind(url: str, to: str) -> bool:
    with psycopg.connect(url, autocommit=True) as connection:
        revision = revision_of(connection)
    return revision is not None and known_revisions().index(to) < known_revisions().index(revision)
