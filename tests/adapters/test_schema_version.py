"""What a program makes of a database that an earlier or a later one has migrated."""

import psycopg
import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory

from domain.adapters.schema_version import (
    VERSIONS,
    Schema,
    SchemaError,
    known_revisions,
    refuse_newer,
    revision_of,
    schema_of,
    wait_for_schema,
)

NOWHERE = "postgresql://127.0.0.1:1/nowhere"


def stamp(url, revision):
    """As the migration of this number would have left it."""
    with psycopg.connect(url) as connection:
        connection.execute("UPDATE alembic_version SET version_num = %s", (revision,))


def test_the_known_schemas_are_those_of_the_migrations_in_their_order():
    config = Config()
    config.set_main_option("script_location", str(VERSIONS.parent))
    config.set_main_option("path_separator", "os")
    scripts = ScriptDirectory.from_config(config).walk_revisions()
    assert list(known_revisions()) == [script.revision for script in scripts][::-1]


def test_a_database_is_current_older_or_newer(database_url, servers):
    newest = known_revisions()[-1]
    with psycopg.connect(database_url, autocommit=True) as connection:
        found = {revision_of(connection): schema_of(connection)}
        for revision in ("0001", "9999"):
            stamp(database_url, revision)
            found[revision_of(connection)] = schema_of(connection)
    with psycopg.connect(servers.database_url.replace("///mistudio?", "///postgres?")) as empty:
        found[revision_of(empty)] = schema_of(empty)
    assert found == {newest: Schema.CURRENT, "0001": Schema.OLDER, "9999": Schema.NEWER, None: Schema.OLDER}


def test_who_waits_for_a_schema_begins_at_once_where_it_is_current(database_url):
    wait_for_schema(database_url)


def test_nothing_begins_on_the_database_of_a_later_program_and_it_is_told_why(database_url):
    stamp(database_url, "9999")
    with pytest.raises(SchemaError, match="newer"):
        refuse_newer(database_url)
    with pytest.raises(SystemExit, match=f"schema 9999, which is newer .* knows, {known_revisions()[-1]}: start the"):
        wait_for_schema(database_url)


def test_a_database_that_is_away_is_not_taken_for_a_newer_one():
    with pytest.raises(psycopg.OperationalError):
        refuse_newer(NOWHERE)
