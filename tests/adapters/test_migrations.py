"""Migrations on a database that is in use: the read models stay what a replay gives."""

from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory

from domain.adapters import views
from domain.adapters.catalogue_query import understood
from domain.adapters.paging import Page
from domain.adapters.wanted import DatasetsWanted
from domain.commands import DeletePreset, SavePreset
from domain.describe_commands import DescribeDataset
from domain.handle import handle
from domain.index_commands import IndexReason
from domain.log import Trace
from tests.adapters.test_projections import assert_a_replay_gives_the_same
from tests.api.figures import PLAN
from tests.api.stories import begin
from tests.domain.stories import PRESET

pytestmark = pytest.mark.slow

PROJECT = Path(__file__).parents[2]


def alembic(database_url: str) -> Config:
    config = Config()
    config.set_main_option("script_location", str(PROJECT / "migrations"))
    config.set_main_option("path_separator", "os")
    config.set_main_option("sqlalchemy.url", database_url.replace("%", "%%"))
    return config


def downgrade_below(config: Config, name: str) -> None:
    """To the schema from before the migration of this name."""
    scripts = ScriptDirectory.from_config(config).walk_revisions()
    [mine] = [script for script in scripts if script.path.endswith(f"_{name}.py")]
    command.downgrade(config, str(mine.down_revision))


def test_datasets_from_before_skipped_rows_were_counted_skipped_none(adapters, database_url):
    # given a ready dataset and a new one, in a database from before
    begin(adapters).is_ready()
    begin(adapters)
    config = alembic(database_url)
    downgrade_below(config, "skipped_rows")

    # when it is brought to the newest schema
    command.upgrade(config, "head")

    # then the read models are those of a replay, and changes go on
    assert_a_replay_gives_the_same(adapters)
    begin(adapters).starts()
    with adapters.pool.connection() as connection:
        found = connection.execute("SELECT status, skipped_rows FROM datasets ORDER BY created_at").fetchall()
    assert found == [("READY", 0), ("QUEUED", None), ("DOWNLOADING", None)]


def test_a_database_without_exports_takes_them_once_it_is_migrated_and_keeps_its_appends(adapters, database_url):
    # given tokens in a database from before, which is still appended to
    story = begin(adapters).is_ready().asks_for_tokens()
    config = alembic(database_url)
    downgrade_below(config, "exports")
    story.is_tokenized()

    # when it is brought to the newest schema
    command.upgrade(config, "head")

    # then an export goes through its states
    story.asks_for_an_export().is_exported()
    assert_a_replay_gives_the_same(adapters)
    with adapters.pool.connection() as connection:
        assert connection.execute("SELECT status, format FROM exports").fetchall() == [("READY", "PARQUET")]


def test_presets_come_back_with_their_table_and_datasets_go_on_without_it(adapters, database_url):
    # given a preset that was changed, and one that was deleted
    def does(ask, preset_id, **given):
        handle(adapters.log, ask(preset_id=preset_id, **given), Trace("command", "story"))

    other = f"{PRESET[:-1]}9"
    does(SavePreset, PRESET, name="short", tokenizer="builtin:byt5")
    does(SavePreset, PRESET, name="long", recipe={"maxLength": 8}, is_new=False)
    does(SavePreset, other, name="other")
    does(DeletePreset, other)

    # when the database goes to the schema from before and back, and a dataset is asked for in between
    config = alembic(database_url)
    downgrade_below(config, "presets")
    begin(adapters)
    command.upgrade(config, "head")

    # then the read models are those of a replay, and changes go on
    assert_a_replay_gives_the_same(adapters)
    does(SavePreset, PRESET, name="longer", is_new=False)
    with adapters.pool.connection() as connection:
        assert connection.execute("SELECT name, version FROM presets").fetchall() == [("longer", 3)]
        assert connection.execute("SELECT count(*) FROM datasets").fetchone() == (1,)


def test_a_plan_comes_back_with_its_column_and_what_was_pinned_without_one_has_none(adapters, database_url):
    # given a tokenization with its plan, and one from before there were any, which goes on meanwhile
    begin(adapters).is_ready().asks_for_tokens().is_tokenized(plan=PLAN)
    other = begin(adapters).is_ready().asks_for_tokens()
    config = alembic(database_url)
    downgrade_below(config, "token_plans")
    other.is_tokenized()

    # when the database comes to the newest schema
    command.upgrade(config, "head")

    # then the read models are those of a replay, and the next one keeps its plan
    assert_a_replay_gives_the_same(adapters)
    begin(adapters).is_ready().asks_for_tokens().is_tokenized(plan=PLAN)
    assert_a_replay_gives_the_same(adapters)
    with adapters.pool.connection() as connection:
        found = connection.execute("SELECT plan FROM tokenizations ORDER BY created_at").fetchall()
    assert found == [(PLAN,), (None,), (PLAN,)]


def test_rows_go_with_a_purge_once_the_database_is_migrated_and_appends_go_on_without_it(adapters, database_url):
    # given a dataset with tokens and files of them, in a database that goes to the schema from before and back
    story = begin(adapters).is_ready().asks_for_tokens()
    config = alembic(database_url)
    downgrade_below(config, "purged_rows")
    story.is_tokenized().asks_for_an_export().is_exported()
    command.upgrade(config, "head")
    assert_a_replay_gives_the_same(adapters)

    # when it is purged
    story.is_purged()

    # then nothing of it is left, and the read models are those of a replay
    with adapters.pool.connection() as connection:
        for table in ("datasets", "jobs", "tokenizations", "exports"):
            assert connection.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,)
    assert_a_replay_gives_the_same(adapters)


def test_indexes_come_back_with_their_columns_wherever_they_stood(adapters, database_url):
    # given datasets that are searched, were damaged, stopped or failed, and one whose job goes on without the columns
    searched = begin(adapters).is_ready().asks_for_an_index().is_indexed()
    folder = f"datasets/{searched.id}/index-{searched.job}-1"
    searched.asks_for_an_index()
    damaged = begin(adapters).is_ready().asks_for_an_index().is_indexed()
    gone = f"datasets/{damaged.id}/index-{damaged.job}-1"
    damaged.asks_for_an_index(reason=IndexReason.DAMAGED, damaged_folder=gone)
    begin(adapters).is_ready().asks_for_an_index().fails()
    begin(adapters).is_ready().asks_for_an_index().is_trashed()
    begin(adapters).is_ready()
    late = begin(adapters).is_ready().asks_for_an_index()
    config = alembic(database_url)
    downgrade_below(config, "search_indexes")
    late.is_indexed()

    # when the database comes to the newest schema
    command.upgrade(config, "head")

    # then the read models are those of a replay, and what goes on is told
    assert_a_replay_gives_the_same(adapters)
    damaged.is_indexed()
    assert_a_replay_gives_the_same(adapters)
    with adapters.pool.connection() as connection:
        query = "SELECT index_status, index_folder IS NOT NULL, index_rows FROM datasets ORDER BY created_at"
        found = connection.execute(query).fetchall()
        kept = connection.execute("SELECT index_folder FROM datasets WHERE id = %s", (searched.id,)).fetchone()
    nothing = (False, None)
    assert found == [
        ("BUILDING", True, 9),
        ("READY", True, 9),
        ("FAILED", *nothing),
        ("CANCELLED", *nothing),
        (None, *nothing),
        ("READY", True, 9),
    ]
    assert kept == (folder,)


def test_datasets_from_before_the_catalogue_are_found_by_what_they_are_called(adapters, database_url):
    # given datasets of every kind of text, and notes, in a database that goes to the schema from before
    first = begin(adapters, "acme/English_中文", tags=["ﬁne", "2023"], files=["a/*.csv"], config="plain").is_ready()
    first.does(DescribeDataset(dataset_id=first.id, changes={"notes": "İ said " + "x" * 600, "name": "Straße"}))
    long = ("ß 漢 " * 40 for _ in range(50))
    begin(adapters, "acme/long", tags=list(long), files=["x" * 499 + str(number) for number in range(100)])
    config = alembic(database_url)
    downgrade_below(config, "catalogue")
    begin(adapters, name="Meanwhile").is_ready()

    # when it is brought to the newest schema
    command.upgrade(config, "head")

    # then the read models are those of a replay, and changes go on
    assert_a_replay_gives_the_same(adapters)
    first.does(DescribeDataset(dataset_id=first.id, changes={"tags": ("new",), "notes": None}))
    assert_a_replay_gives_the_same(adapters)
    for search, names in (("strasse 中文", ["Straße"]), ("meanwhile", ["Meanwhile"]), ("ﬁne", []), ("new", ["Straße"])):
        wanted = DatasetsWanted(search=understood(search))
        assert [row["name"] for row in views.datasets_view(adapters.engine, wanted, Page(9)).rows] == names


def test_who_uses_a_dataset_and_when_it_was_trashed_come_back_with_their_columns(adapters, database_url):
    # given datasets that are used, were used, or are in the trash, some of which goes on in the schema from before
    used = begin(adapters).is_referenced("training/1").is_referenced("training/2").is_released("training/1")
    begin(adapters).is_referenced().is_released()
    begin(adapters).is_ready().asks_for_tokens().is_tokenized()
    begin(adapters).is_ready().is_trashed().is_restored().is_trashed()
    begin(adapters).is_ready().is_trashed().is_restored()
    late = begin(adapters).is_ready()
    config = alembic(database_url)
    downgrade_below(config, "use_and_trash")
    late.is_being_purged()
    new = begin(adapters)

    # when the database comes to the newest schema
    command.upgrade(config, "head")

    # then the read models are those of a replay, and changes go on
    assert_a_replay_gives_the_same(adapters)
    used.is_released("training/2")
    new.is_referenced()
    assert_a_replay_gives_the_same(adapters)
    with adapters.pool.connection() as connection:
        query = "SELECT used_by, is_tokenized, trashed_at IS NOT NULL FROM datasets ORDER BY created_at"
        found = connection.execute(query).fetchall()
    nothing = ([], False, False)
    assert found == [
        *(nothing, nothing),
        ([], True, False),
        *(([], False, True), nothing, ([], False, True)),
        (["training/42"], False, False),
    ]


def test_what_datasets_keep_as_it_came_is_known_again_with_its_column(adapters, database_url):
    # given datasets whose files have come, have come and gone, or have yet to come
    begin(adapters).starts().is_pinned()
    begin(adapters).starts().is_pinned().is_downloaded()
    begin(adapters).is_ready()
    late = begin(adapters).starts().is_pinned()
    config = alembic(database_url)
    downgrade_below(config, "original_bytes")
    late.is_downloaded()

    # when the database comes to the newest schema
    command.upgrade(config, "head")

    # then the read models are those of a replay, and changes go on
    assert_a_replay_gives_the_same(adapters)
    late.starts().is_ingested()
    assert_a_replay_gives_the_same(adapters)
    with adapters.pool.connection() as connection:
        found = connection.execute("SELECT original_bytes FROM datasets ORDER BY created_at").fetchall()
    assert found == [(None,), (1000,), (None,), (None,)]


def test_deleted_tokenizations_stay_deleted_over_a_schema_that_cannot_delete_them(adapters, database_url):
    # given tokens that were deleted before, while and after the database was at the schema from before
    before, meanwhile, after = (
        begin(adapters).is_ready().asks_for_tokens().is_tokenized().asks_for_an_export().is_exported() for _ in range(3)
    )
    kept = begin(adapters).is_ready().asks_for_tokens().is_tokenized()
    before.loses_its_tokens()
    config = alembic(database_url)
    downgrade_below(config, "deleted_tokenizations")
    meanwhile.loses_its_tokens()
    command.upgrade(config, "head")
    assert_a_replay_gives_the_same(adapters)
    after.loses_its_tokens()

    # then the read models are those of a replay, and others keep theirs
    assert_a_replay_gives_the_same(adapters)
    with adapters.pool.connection() as connection:
        assert connection.execute("SELECT dataset_id::text FROM tokenizations").fetchall() == [(kept.id,)]
        assert connection.execute("SELECT count(*) FROM exports").fetchone() == (0,)
        found = connection.execute("SELECT is_tokenized FROM datasets ORDER BY created_at").fetchall()
    assert found == [(False,), (False,), (False,), (True,)]
