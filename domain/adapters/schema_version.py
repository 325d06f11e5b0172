"""Which schema a database has, and whether this program knows it. Migrations make a schema; nobody else changes one."""

import logging
import time
from enum import StrEnum
from pathlib import Path

import psycopg
from psycopg import Connection
from psycopg.rows import TupleRow

VERSIONS = Path(__file__).resolve().parents[2] / "migrations" / "versions"
WAIT_SECONDS = 1.0

log = logging.getLogger(__name__)


class Schema(StrEnum):
    """What a database is for this program."""

    CURRENT = "current"
    OLDER = "older"
    NEWER = "newer"


class SchemaError(Exception):
    """A later program than this one has migrated the database; the message says so, and what to do."""


def known_revisions() -> tuple[str, ...]:
    """The schemas that this program knows, by the numbers of their migrations, oldest first."""
    return tuple(sorted(file.name.partition("_")[0] for file in VERSIONS.glob("[0-9]*_*.py")))


def revision_of(connection: Connection[TupleRow]) -> str | None:
    """The schema of this database by its number; None before the first migration."""
    there = connection.execute("SELECT to_regclass('alembic_version') IS NOT NULL").fetchone()
    row = connection.execute("SELECT version_num FROM alembic_version").fetchone() if there == (True,) else None
    return str(row[0]) if row else None


def schema_of(connection: Connection[TupleRow]) -> Schema:
    """How this database's schema stands to what the program knows."""
    return _stands(revision_of(connection))


def refuse_newer(url: str) -> None:
    """Raises SchemaError where a later program has migrated it, psycopg.OperationalError where it does not answer."""
    _look(url)


def wait_for_schema(url: str) -> None:
    """Until the database answers and is migrated to what this program knows; where it is newer this process ends."""
    told = ""
    while why := _why_not_yet(url):
        if why != told:
            log.warning("waiting: %s", why)
        told = why
        time.sleep(WAIT_SECONDS)


def _why_not_yet(url: str) -> str:
    try:
        return "" if _look(url) == Schema.CURRENT else "the database is older than this program: run `mistudio migrate`"
    except SchemaError as wrong:
        raise SystemExit(str(wrong)) from wrong
    except psycopg.OperationalError as trouble:
        return str(trouble)


def _look(url: str) -> Schema:
    with psycopg.connect(url, autocommit=True) as connection:
        revision = revision_of(connection)
    stands = _stands(revision)
    if stands == Schema.NEWER:
        raise SchemaError(
            f"The database has schema {revision}, which is newer than the newest that this program knows, "
            f"{known_revisions()[-1]}: start the version that migrated it, or go back with that one's "
            f"`mistudio migrate --to {known_revisions()[-1]}`. Nothing was changed."
        )
    return stands


def _stands(revision: str | None) -> Schema:
    known = known_revisions()
    if revision == known[-1]:
        return Schema.CURRENT
    return Schema.OLDER if revision is None or revision in known else Schema.NEWER
