"""How far those who follow the log have come."""

from psycopg import Connection
from psycopg.rows import TupleRow
from psycopg_pool import ConnectionPool

DISPATCHER = "dispatcher"

MOVE = """
INSERT INTO checkpoints (name, position) VALUES (%s, %s)
ON CONFLICT (name) DO UPDATE SET position = greatest(checkpoints.position, excluded.position)
"""


def position_of(pool: ConnectionPool[Connection[TupleRow]], name: str) -> int:
    """The last position that this follower has done all for, 0 where it never began."""
    with pool.connection() as connection:
        row = connection.execute("SELECT position FROM checkpoints WHERE name = %s", (name,)).fetchone()
    return int(row[0]) if row else 0


def move(pool: ConnectionPool[Connection[TupleRow]], name: str, position: int) -> None:
    """The follower has come so far; it never goes back."""
    with pool.connection() as connection:
        connection.execute(MOVE, (name, position))
