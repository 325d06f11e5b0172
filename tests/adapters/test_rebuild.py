"""The rebuild of the read models from the log: what differs is named, and the live tables are replaced."""

import threading
import time
from contextlib import contextmanager
from dataclasses import replace

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from domain.adapters import locks
from domain.adapters.postgres_log import append_within, told
from domain.adapters.rebuild import Bounds, Kind, RebuildError, rebuild
from domain.adapters.tables import READ_MODELS, metadata, tokenizations
from domain.log import Append, Trace
from domain.stored_events import UPCASTS
from tests.adapters.test_projections import live, rows
from tests.domain.stories import DATASET, JOB, PRESET, exporting, queued, saved

pytestmark = pytest.mark.slow

TRACE = Trace("command", "story")
STREAM = f"dataset-{DATASET}"
PRESET_STREAM = f"preset-{PRESET}"
STRANGER = "00000000-0000-4000-8000-0000000000ff"
# So that every row comes and goes between memory and table.
TIGHT = Bounds(batch_events=2, held_bytes=0)

PLANTED = {
    "UUID": f"'{STRANGER}'",
    "JSONB": "'[[1]]'",
    "ARRAY": "'{{planted}}'",
    "DATETIME": "'epoch'",
    "BOOLEAN": "{column} IS NOT TRUE",
}

STRUCTURE = """
SELECT c.relname, pg_get_indexdef(c.oid), NULL FROM pg_class c JOIN pg_index i ON i.indexrelid = c.oid
WHERE i.indrelid = ANY (%(tables)s::regclass[])
UNION ALL
SELECT conname, pg_get_constraintdef(oid), conrelid::regclass::text FROM pg_constraint
WHERE conrelid = ANY (%(tables)s::regclass[])
UNION ALL
SELECT attname, format_type(atttypid, atttypmod) || concat(
    attnotnull, attgenerated, attstorage, pg_get_expr(d.adbin, d.adrelid)), attrelid::regclass::text
FROM pg_attribute LEFT JOIN pg_attrdef d ON adrelid = attrelid AND adnum = attnum
WHERE attrelid = ANY (%(tables)s::regclass[]) AND attnum > 0 AND NOT attisdropped
UNION ALL
SELECT tgname, pg_get_triggerdef(oid), tgrelid::regclass::text FROM pg_trigger
WHERE tgrelid = ANY (%(tables)s::regclass[])
UNION ALL
SELECT relname, concat(reloptions, relacl, relkind, relpersistence, relrowsecurity, relreplident), NULL FROM pg_class
WHERE oid = ANY (%(tables)s::regclass[])
ORDER BY 1, 2, 3
"""


@pytest.fixture
def story(adapters):
    """A database with one dataset whose tokens are being exported, and a preset."""
    adapters.log.append(Append(stream=STREAM, expected_version=0, events=exporting(), trace=TRACE))
    adapters.log.append(Append(stream=PRESET_STREAM, expected_version=0, events=saved(), trace=TRACE))
    return adapters


def ask(adapters, query, values=None):
    with adapters.pool.connection() as connection:
        cursor = connection.execute(query, values)
        return cursor.fetchall() if cursor.description else []


def leftovers(adapters):
    return ask(adapters, r"SELECT relname FROM pg_class WHERE relname LIKE '%\_rebuilt%'")


def another(number):
    """An append that begins another dataset."""
    (event,) = queued()
    begun = replace(event, job_id=f"00000000-0000-4000-9000-{number:012}")
    stream = f"dataset-00000000-0000-4000-8000-{number:012}"
    return Append(stream=stream, expected_version=0, events=[begun], trace=TRACE)


@contextmanager
def in_background(work):
    """Do the work in a thread; what it raises or gives is in the list afterwards."""
    outcome = []

    def run():
        try:
            outcome.append(work())
        except RebuildError as wrong:
            outcome.append(wrong)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield outcome
    finally:
        thread.join()


def wait_until_something_waits(adapters, seconds=60):
    """For a lock in this database."""
    deadline = time.monotonic() + seconds
    waiting = (
        "SELECT 1 FROM pg_locks JOIN pg_stat_activity USING (pid) WHERE NOT granted AND datname = current_database()"
    )
    while not ask(adapters, waiting):
        assert time.monotonic() < deadline
        time.sleep(0.01)


@contextmanager
def held_back(adapters, database_url, **more):
    """A rebuild that has come to its last step, for which nothing may be appended, and waits while the body runs."""
    connection = psycopg.connect(database_url)
    connection.execute("SELECT pg_advisory_xact_lock(%s)", (locks.APPEND,))
    with in_background(lambda: rebuild(database_url, **more)) as outcome, connection:
        wait_until_something_waits(adapters)
        yield connection, outcome


def test_a_wrong_a_missing_and_an_extra_row_are_each_named_and_made_right(story, database_url):
    right = rows(story)
    ask(story, "UPDATE datasets SET status = 'FAILED', row_count = NULL")
    ask(story, "DELETE FROM jobs WHERE id = %s", (JOB,))
    columns = ", ".join(column.name for column in tokenizations.columns if column.name not in ("id", "job_id"))
    copied = f"INSERT INTO tokenizations (id, job_id, {columns}) SELECT %s, %s, {columns} FROM tokenizations"
    ask(story, copied, (STRANGER, STRANGER))

    report = rebuild(database_url)

    assert [(found.kind, found.table, found.id) for found in report.named] == [
        (Kind.WRONG, "datasets", DATASET),
        (Kind.WRONG, "datasets", DATASET),
        (Kind.MISSING, "jobs", JOB),
        (Kind.EXTRA, "tokenizations", STRANGER),
    ]
    assert [(found.column, found.live, found.rebuilt) for found in report.named[:2]] == [
        ("row_count", None, "4"),
        ("status", "FAILED", "READY"),
    ]
    assert report.counts == {Kind.WRONG: 1, Kind.MISSING: 1, Kind.EXTRA: 1}
    assert report.events == len([*exporting(), *saved()])
    assert rows(story) == right
    assert rebuild(database_url).differed == 0


@pytest.mark.parametrize("table", READ_MODELS, ids=lambda table: table.name)
def test_a_wrong_value_in_any_column_is_found(story, database_url, table):
    ((row_id,),) = ask(story, f"SELECT min(id::text) FROM {table.name}")
    right = rows(story)
    names = sorted(column.name for column in table.columns if not column.primary_key and column.computed is None)
    values = [f'"{name}" = {PLANTED.get(str(table.columns[name].type), "77").format(column=name)}' for name in names]
    ask(story, f"UPDATE {table.name} SET {', '.join(values)} WHERE id = %s", (row_id,))
    report = rebuild(database_url)
    assert [(found.table, found.id, found.column) for found in report.named] == [
        (table.name, row_id, name) for name in names
    ]
    assert rows(story) == right


def test_a_check_reports_and_leaves_everything_as_it_was(story, database_url):
    ask(story, "UPDATE datasets SET name = repeat('long', 100)")
    before = rows(story), ask(story, "SELECT 'datasets'::regclass::oid")
    report = rebuild(database_url, switch=False)
    assert [found.column for found in report.named] == ["name"]
    assert report.named[0].live == "long" * 20 + "…"
    assert not report.switched
    assert (rows(story), ask(story, "SELECT 'datasets'::regclass::oid")) == before
    assert leftovers(story) == []


def test_the_rebuilt_tables_are_what_the_migrations_made_down_to_indexes_and_grants(story, database_url):
    names = {"tables": [table.name for table in READ_MODELS]}
    ask(story, "GRANT SELECT, UPDATE ON datasets TO pg_monitor; GRANT SELECT ON jobs TO PUBLIC")
    before = ask(story, STRUCTURE, names)
    rebuild(database_url)
    assert ask(story, STRUCTURE, names) == before
    with story.engine.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"include_name": lambda name, kind, _parents: kind != "table" or name in metadata.tables}
        )
        changed = [change for change in compare_metadata(context, metadata) if change[0] != "remove_index"]
    assert [change for change in changed if change[0] != "remove_constraint"] == []
    assert leftovers(story) == []


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],  # the example empties the tables itself
)
@given(choices=some.lists(some.integers(0, 10**6), max_size=30), bounds=some.sampled_from([Bounds(), TIGHT]))
def test_of_any_history_the_rebuilt_tables_are_the_live_ones_however_little_fits_into_memory(
    adapters, database_url, choices, bounds
):
    live(adapters, choices)
    before = rows(adapters)
    report = rebuild(database_url, bounds=bounds)
    assert (report.named, rows(adapters)) == ([], before)


def test_what_is_appended_during_a_rebuild_is_in_the_rebuilt_tables_and_no_difference(story, database_url):
    with held_back(story, database_url) as (connection, outcome):
        append_within(connection, [told(another(100))])
        connection.commit()
    assert outcome[0].differed == 0
    assert outcome[0].events == len([*exporting(), *saved()]) + 1
    assert len(rows(story)["datasets"]) == 2


def test_a_difference_found_early_is_forgotten_when_the_row_is_right_in_the_end(story, database_url):
    """The row that is missing when all rows are compared is there when its own event was replayed as well."""
    ask(story, "UPDATE datasets SET status = 'QUEUED'")
    with held_back(story, database_url) as (connection, outcome):
        version = len(exporting())
        event = exporting()[-1]
        append_within(connection, [told(Append(stream=STREAM, expected_version=version, events=[event], trace=TRACE))])
        connection.execute("UPDATE datasets SET status = 'READY'")
        connection.commit()
    assert outcome[0].named == []


def test_two_rebuilds_at_once_are_one_and_a_refusal(story, database_url):
    with held_back(story, database_url) as (_connection, outcome):
        with pytest.raises(RebuildError, match="under way"):
            rebuild(database_url)
        assert outcome == []
    assert outcome[0].switched


def test_an_unknown_event_is_named_and_nothing_is_switched(story, database_url):
    ((position,),) = ask(
        story,
        "INSERT INTO events (stream, version, type, data, metadata) VALUES (%s, 99, 'NeverHappened', '{}', '{}')"
        " RETURNING position",
        (STREAM,),
    )
    ask(story, "UPDATE datasets SET status = 'FAILED'")
    before = rows(story)
    with pytest.raises(RebuildError, match=rf"position {position} \(NeverHappened of {STREAM}\)"):
        rebuild(database_url)
    assert rows(story) == before
    assert leftovers(story) == []


def test_an_old_shape_is_upcast(story, database_url, monkeypatch):
    monkeypatch.setitem(UPCASTS, "JobBegan", lambda data: ("JobStarted", {**data, "attempt": 1}))
    ask(story, "UPDATE events SET type = 'JobBegan', data = data - 'attempt' WHERE type = 'JobStarted'")
    assert rebuild(database_url).differed == 0


def test_a_reader_that_takes_its_time_keeps_the_switch_waiting_and_nobody_else(story, database_url):
    with psycopg.connect(database_url) as reader:
        reader.execute("SELECT count(*) FROM jobs")
        with in_background(lambda: rebuild(database_url)) as outcome:
            wait_until_something_waits(story)
            for number in range(100, 120):
                story.log.append(another(number))
            assert reader.execute("SELECT count(*) FROM datasets").fetchone() == (21,)
            assert outcome == []
            reader.commit()
    assert (outcome[0].switched, outcome[0].differed) == (True, 0)
    assert len(rows(story)["datasets"]) == 21


def test_a_migration_during_the_rebuild_is_not_lost(story, database_url):
    with held_back(story, database_url) as (connection, outcome):
        connection.execute("ALTER TABLE jobs ADD COLUMN fresh integer DEFAULT 7")
        connection.commit()
    assert "migrated" in str(outcome[0])
    assert ask(story, "SELECT DISTINCT fresh FROM jobs") == [(7,)]
    assert leftovers(story) == []


def test_what_depends_on_a_live_table_is_not_torn_away(story, database_url):
    ask(story, "CREATE VIEW mine AS SELECT id FROM datasets")
    with pytest.raises(RebuildError, match="mine"):
        rebuild(database_url)
    assert ask(story, "SELECT count(*) FROM mine") == [(1,)]
    assert leftovers(story) == []


def test_a_database_that_was_not_migrated_is_told_to_be(servers):
    with pytest.raises(RebuildError, match="mistudio migrate"):
        rebuild(servers.database_url.replace("///mistudio?", "///postgres?"))


def test_a_database_that_is_not_there_is_an_error_that_says_so():
    with pytest.raises(RebuildError, match="does not answer"):
        rebuild("postgresql://127.0.0.1:1/nowhere")
