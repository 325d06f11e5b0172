"""Real servers for a test session: one Postgres and Valkey, and a migrated database of its own for each test."""

import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import psycopg
from psycopg.sql import SQL, Identifier

from domain.adapters.embedded import Postgres, Valkey, open_postgres, open_valkey

TEMPLATE = "mistudio_template"
# What a database is made of, beside what the tables hold.
SHAPE = """
SELECT md5(string_agg(concat_ws(' ', n.nspname, c.relname, c.relkind, a.attname, a.atttypid), ','
                      ORDER BY n.nspname, c.relname, a.attnum))
       || (SELECT id FROM log_identity) || (SELECT version_num FROM alembic_version)
       || (SELECT count(*) FROM pg_db_role_setting JOIN pg_database d ON d.oid = setdatabase
           WHERE datname = current_database())
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_attribute a ON a.attrelid = c.oid
WHERE n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema'
"""
EMPTY = """
DO $$
DECLARE name text; has_rows boolean; filled text[] := '{}';
BEGIN
  FOR name IN SELECT format('%I.%I', schemaname, tablename) FROM pg_tables
    WHERE schemaname = 'public' AND tablename NOT IN ('log_identity', 'alembic_version')
  LOOP
    EXECUTE 'SELECT EXISTS (SELECT FROM ' || name || ')' INTO has_rows;
    IF has_rows THEN filled := filled || name; END IF;
  END LOOP;
  IF cardinality(filled) > 0 THEN EXECUTE 'TRUNCATE ' || array_to_string(filled, ', '); END IF;
  PERFORM setval(format('%I.%I', schemaname, sequencename), start_value, false) FROM pg_sequences;
END $$
"""
END_OTHERS = """
SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid()
"""


@dataclass
class Servers:
    """Both servers of a home. `database_url` names the database `mistudio`, which no test uses."""

    postgres: Postgres
    valkey: Valkey
    numbers: Iterator[int] = field(default_factory=lambda: count(1))
    shape: str | None = None
    spare: list[str] = field(default_factory=list)

    @property
    def database_url(self) -> str:
        return self.postgres.url

    @property
    def redis_url(self) -> str:
        return self.valkey.url

    def stop(self) -> None:
        self.valkey.stop()
        self.postgres.stop()


@contextmanager
def temporary_home() -> Iterator[Path]:
    """A home that the account of Postgres can reach: pytest's own folders are closed to all but their owner."""
    home = Path(tempfile.mkdtemp(prefix="mistudio-test-"))
    try:
        yield home
    finally:
        shutil.rmtree(home)


def start_servers(home: Path) -> Servers:
    return Servers(open_postgres(home), open_valkey(home))


def fresh_database(servers: Servers, migrate: Callable[[str], object]) -> str:
    """The URL of a database as `migrate(url)` leaves an empty one; that is called once a session."""
    if servers.shape is None:
        drop_database(servers, _url(servers, TEMPLATE))  # of a migration that failed
        _create(servers, TEMPLATE, "template1")
        migrate(_url(servers, TEMPLATE))
        with psycopg.connect(_url(servers, TEMPLATE), autocommit=True) as connection:
            servers.shape = _shape(connection)
    if servers.spare:
        return servers.spare.pop()
    name = f"test_{next(servers.numbers)}"
    _create(servers, name, TEMPLATE)
    return _url(servers, name)


def give_back(servers: Servers, url: str) -> None:
    """End whoever is still connected to a database of `fresh_database`, and keep it emptied for the next: that takes a
    tenth of a new one. One that a test has built differently, or dropped, is not kept."""
    try:
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(END_OTHERS)
            if _shape(connection) == servers.shape:
                connection.execute(EMPTY)
                servers.spare.append(url)
                return
    except psycopg.Error:
        servers.spare = [spare for spare in servers.spare if spare != url]
    drop_database(servers, url)


def drop_database(servers: Servers, url: str) -> None:
    """Drop a database of `fresh_database`, whoever is still connected."""
    name = url.removeprefix("postgresql:///").partition("?")[0]
    with psycopg.connect(servers.database_url, autocommit=True) as connection:
        connection.execute(SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(Identifier(name)))


def _shape(connection: psycopg.Connection) -> str | None:
    found = connection.execute(SHAPE).fetchone()
    return found and str(found[0])


def _create(servers: Servers, name: str, template: str) -> None:
    create = SQL("CREATE DATABASE {} TEMPLATE {}").format(Identifier(name), Identifier(template))
    with psycopg.connect(servers.database_url, autocommit=True) as connection:
        connection.execute(create)


def _url(servers: Servers, name: str) -> str:
    return servers.database_url.replace("///mistudio?", f"///{name}?")
