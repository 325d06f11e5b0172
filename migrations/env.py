"""Runs the migrations on the database that the caller names in the Alembic config (`sqlalchemy.url`)."""

from alembic import context
from sqlalchemy import create_engine, make_url, pool

# Two migrators at once (two services starting) take turns; an arbitrary constant of this project.
MIGRATION_LOCK = 7_316_001


def run_migrations() -> None:
    url = context.config.get_main_option("sqlalchemy.url")
    assert url, "the caller sets sqlalchemy.url"
    engine = create_engine(make_url(url).set(drivername="postgresql+psycopg"), poolclass=pool.NullPool)
    with engine.connect() as connection:
        context.configure(connection=connection)
        with context.begin_transaction():
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({MIGRATION_LOCK})")
            context.run_migrations()


run_migrations()
