"""Every migration, back and forth on a database that has rows in every table."""

import pytest
from alembic import command

from domain.adapters import checkpoints
from domain.adapters.pieces import PLAN as PLAN_STAGE
from domain.adapters.pieces import NewPiece
from domain.adapters.schema_version import known_revisions
from domain.commands import SavePreset
from domain.describe_commands import DescribeDataset
from domain.handle import handle
from domain.log import Idempotency, Trace
from tests.adapters.test_migrations import alembic
from tests.adapters.test_projections import assert_a_replay_gives_the_same
from tests.api.figures import PLAN
from tests.api.stories import begin, write_progress
from tests.domain.stories import PRESET

# What is not found again when a migration was taken back and made again, and why that does no harm.
LOST = {
    # a job of a private repository asks for its token again; no event may hold one
    "0002": {"secrets"},
    # a promise of room ends; who still writes is promised it again with the next piece
    "0012": {"reservations"},
}
TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'alembic_version' ORDER BY 1"
# The very rows, as text: each column by its name, so that their order does not matter.
ROWS = 'SELECT to_jsonb(kept)::text FROM "{table}" kept ORDER BY 1'


def fill(adapters):
    """Something in every column of every table."""
    begin(adapters, allow_duplicate=False)
    full = begin(adapters, "acme/full", tags=["one"]).is_ready().is_referenced()
    full.asks_for_an_index().is_indexed().asks_for_tokens().is_tokenized(plan=PLAN).asks_for_an_export().is_exported()
    full.does(DescribeDataset(dataset_id=full.id, changes={"notes": "of note", "language": "en"}))
    begin(adapters, "acme/gone").is_ready().is_trashed()
    begin(adapters, "acme/fails").starts().fails()
    begin(adapters, "acme/no-tokens").is_ready().asks_for_tokens().starts().fails()
    begin(adapters, "acme/no-files").is_ready().asks_for_tokens().is_tokenized().asks_for_an_export().starts().fails()
    begin(adapters, "acme/no-more").is_ready().asks_for_tokens().is_tokenized().loses_its_tokens()
    preset = SavePreset(preset_id=PRESET, name="short", tokenizer="builtin:byt5", recipe={"maxLength": 8})
    key = Idempotency(key="once", mutation="savePreset", digest="d", objects={"preset": PRESET})
    handle(adapters.log, preset, Trace("command", "story"), idempotency=key)
    fill_run_state(adapters)


def fill_run_state(adapters):
    running = begin(adapters, "acme/running").starts()
    adapters.pieces.add(running.job, running.id, "download_dataset", NewPiece("plan", PLAN_STAGE, {"some": "spec"}))
    lease = adapters.pieces.take(running.job, "plan", "holder")
    assert adapters.pieces.beat(lease, progressed=True)
    write_progress(adapters, running, 10)
    checkpoints.move(adapters.pool, checkpoints.DISPATCHER, 7)
    adapters.secrets.keep("a token of somebody")
    with adapters.pool.connection() as connection:
        connection.execute(
            "INSERT INTO reservations (id, bytes, written_as, until) VALUES ('job', 5, 'x/*', clock_timestamp())"
        )


def everything(adapters):
    """All rows by table."""
    with adapters.pool.connection() as connection:
        tables = [name for (name,) in connection.execute(TABLES).fetchall()]
        return {table: connection.execute(ROWS.format(table=table)).fetchall() for table in tables}


def changed(adapters, before):
    """The tables of which not every row is as it was."""
    now = everything(adapters)
    return {table for table, rows in before.items() if now.get(table) != rows}


@pytest.mark.slow
def test_what_a_database_holds_is_found_again_after_each_migration_was_taken_back_and_made_again(
    adapters, database_url
):
    # given rows in every table
    fill(adapters)
    config = alembic(database_url)
    first = everything(adapters)
    assert [table for table, rows in first.items() if not rows] == []

    # when the schema goes back step by step, each of which is made again, and then forth to the newest
    lost = {}
    for revision, below in zip(known_revisions()[:0:-1], known_revisions()[-2::-1], strict=True):
        before = everything(adapters)
        command.downgrade(config, below)
        command.upgrade(config, revision)
        if missed := changed(adapters, before):
            lost[revision] = missed
        command.downgrade(config, below)
    command.upgrade(config, "head")

    # then all rows are there as they were, but for those of which it is said why not
    assert lost == LOST
    assert changed(adapters, first) == {table for tables in LOST.values() for table in tables}
    assert_a_replay_gives_the_same(adapters)


def test_back_below_the_first_migration_nothing_is_left_and_all_can_be_made_again(adapters, database_url):
    config = alembic(database_url)
    command.downgrade(config, "base")
    assert everything(adapters) == {}
    command.upgrade(config, "head")
    begin(adapters).is_ready()
    assert_a_replay_gives_the_same(adapters)
