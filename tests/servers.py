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


@dataclass
class Servers:
    """Both servers of a home. `database_url` names the database `mistudio`, which no test uses."""

    postgres: Postgres
    valkey: Valkey
    numbers: Iterator[int] = field(default_factory=lambda: count(1))
    has_template: bool = False

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
    """The URL of a new database as `migrate(url)` leaves an empty one; that is called once a session."""
    if not servers.has_template:
        drop_database(servers, _url(servers, TEMPLATE))  # of a migration that failed
        _create(servers, TEMPLATE, "template1")
        migrate(_url(servers, TEMPLATE))
        servers.has_template = True
    name = f"test_{next(servers.numbers)}"
    _create(servers, name, TEMPLATE)
    return _url(servers, name)


def drop_database(servers: Servers, url: str) -> None:
    """Drop a database of `fresh_database`, whoever is still connected."""
    name = url.removeprefix("postgresql:///").partition("?")[0]
    with psycopg.connect(servers.database_url, autocommit=True) as connection:
        connection.execute(SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(Identifier(name)))


def _create(servers: Servers, name: str, template: str) -> None:
    create = SQL("CREATE DATABASE {} TEMPLATE {}").format(Identifier(name), Identifier(template))
    with psycopg.connect(servers.database_url, autocommit=True) as connection:
        connection.execute(create)


def _url(servers: Servers, name: str) -> str:
    return servers.database_url.replace("///mistudio?", f"///{name}?")
