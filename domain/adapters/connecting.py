"""Connections to Postgres that hold what others wait for: of a host that is gone the server hears within half a minute,
where the kernel's own rule is two hours, and lets go of its locks."""

from typing import Any

import psycopg
from psycopg import Connection
from psycopg.rows import TupleRow

# Seconds of silence, then between questions, and how many of those stay without an answer. A socket of the same machine
# has no use for them.
KEEP_ALIVE = """
SELECT set_config('tcp_keepalives_idle', '10', false), set_config('tcp_keepalives_interval', '5', false),
    set_config('tcp_keepalives_count', '3', false)
"""


def keep_alive(connection: Connection[Any]) -> None:
    """Have the server ask whether this process's host is still there, as long as the connection lasts."""
    connection.execute(KEEP_ALIVE)
    connection.commit()


def connect(url: str) -> Connection[TupleRow]:
    """One that commits each statement, and is kept so."""
    connection = psycopg.connect(url, autocommit=True)
    keep_alive(connection)
    return connection
