"""How it shows that the database cannot be reached now, or waited too long: whoever catches these asks again later."""

import psycopg
import psycopg_pool
import sqlalchemy.exc

DATABASE_AWAY = (
    psycopg.OperationalError,
    psycopg.errors.IdleInTransactionSessionTimeout,
    psycopg_pool.PoolTimeout,
    sqlalchemy.exc.OperationalError,
)

# Of the errors that Postgres itself tells, those by which a connection ends: its exceptions, and an operator's doing.
ENDED = ("08", "57")


def is_cut(error: Exception) -> bool:
    """Whether there was no connection, or it ended: then nobody knows whether that which was asked for is done."""
    code = getattr(error, "sqlstate", None)
    return isinstance(error, DATABASE_AWAY) and (code is None or code[:2] in ENDED)


class Unasked(Exception):  # noqa: N818  what did not happen, not a fault
    """The database was away before anything was asked of the log, so nothing came of a command; `orig` is how it showed
    that."""

    def __init__(self, orig: Exception) -> None:
        super().__init__(str(orig))
        self.orig = orig
