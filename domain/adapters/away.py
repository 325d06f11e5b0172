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


class Unasked(Exception):  # noqa: N818  what did not happen, not a fault
    """The database was away before anything was asked of the log, so nothing came of a command; `orig` is how it showed
    that."""

    def __init__(self, orig: Exception) -> None:
        super().__init__(str(orig))
        self.orig = orig
