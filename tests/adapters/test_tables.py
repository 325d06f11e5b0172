"""The tables in code and the tables that the migrations make are the same."""

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from domain.adapters.tables import metadata


def told_by_neither(kind, name, reflected, *_rest):
    """Indexes, and tables that are only written as SQL, are the migrations' own."""
    return kind not in ("index", "unique_constraint") and not (
        kind == "table" and reflected and name not in metadata.tables
    )


def test_the_code_and_the_migrations_agree_on_every_column(adapters):
    with adapters.engine.connect() as connection:
        context = MigrationContext.configure(
            connection,
            opts={"include_object": lambda _object, name, kind, reflected, _to: told_by_neither(kind, name, reflected)},
        )
        assert compare_metadata(context, metadata) == []
