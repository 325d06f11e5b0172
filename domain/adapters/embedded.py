"""Postgres and Valkey on this machine's own files, for whoever has no servers to name."""

from pathlib import Path

from domain.adapters.embedded_home import EmbeddedError
from domain.adapters.embedded_postgres import Postgres
from domain.adapters.embedded_server import Server
from domain.adapters.embedded_valkey import Valkey

__all__ = ["EmbeddedError", "Postgres", "Server", "Valkey", "open_postgres", "open_valkey"]


def open_postgres(home: Path) -> Postgres:
    """The Postgres of this home, started or adopted, answering. Raises EmbeddedError."""
    server = Postgres(home)
    server.start()
    return server


def open_valkey(home: Path) -> Valkey:
    """The Valkey of this home, started or adopted, answering. Raises EmbeddedError."""
    server = Valkey(home)
    server.start()
    return server
