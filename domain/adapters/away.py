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
