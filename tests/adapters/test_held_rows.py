"""Rows that a replay holds in memory, and what becomes of those that go."""

from dataclasses import replace

import pytest

from domain.adapters.held_rows import HeldRows
from domain.adapters.rebuild import Bounds, rebuild
from domain.commands import DeletePreset, SavePreset
from domain.handle import handle
from domain.log import Append, Trace
from domain.trash_events import DatasetPurged
from tests.domain.stories import DATASET, PRESET, PURGE_JOB, purging, queued

OTHER = f"{PRESET[:-1]}9"


def held(*rows):
    made = HeldRows("id")
    for row in rows:
        made.put(row)
    return made


def test_a_row_that_is_removed_is_found_by_no_column_and_remembered_as_gone():
    rows = held({"id": "1", "job": "a"}, {"id": "2", "job": "b"})
    assert [row["id"] for row in rows.find("job", "a")] == ["1"]
    rows.remove("job", "a")
    assert (list(rows.find("job", "a")), list(rows.find("id", "1")), rows.gone) == ([], [], {"1"})
    assert list(rows.rows) == ["2"]


def test_what_is_put_again_is_not_gone_and_whoever_holds_nothing_remembers_nothing():
    rows = held({"id": "1"}, {"id": "2"})
    rows.remove("id", "1")
    rows.remove("id", "2")
    rows.put({"id": "1"})
    assert rows.gone == {"2"}
    rows.clear()
    assert (rows.rows, rows.gone) == ({}, set())


def test_what_is_not_held_is_removed_without_a_trace():
    rows = held({"id": "1"})
    rows.remove("id", "9")
    assert (list(rows.rows), rows.gone) == (["1"], set())


@pytest.mark.parametrize("batch_events", [1, 2, 3, 100])
def test_a_row_that_was_in_its_table_already_is_taken_out_again(adapters, database_url, batch_events):
    for command in (
        SavePreset(preset_id=PRESET, name="kept"),
        SavePreset(preset_id=OTHER, name="other"),
        SavePreset(preset_id=OTHER, name="changed", is_new=False),
        DeletePreset(preset_id=OTHER),
        SavePreset(preset_id=PRESET, name="kept on", is_new=False),
    ):
        handle(adapters.log, command, Trace("command", "story"))
    report = rebuild(database_url, bounds=Bounds(batch_events=batch_events, held_bytes=0))
    assert (report.events, report.named) == (5, [])
    with adapters.pool.connection() as connection:
        assert connection.execute("SELECT name FROM presets").fetchall() == [("kept on",)]


def test_a_deleted_preset_whose_row_stayed_is_named_as_extra(adapters, database_url):
    handle(adapters.log, SavePreset(preset_id=PRESET, name="short"), Trace("command", "story"))
    with adapters.pool.connection() as connection:
        (row,) = connection.execute("SELECT presets::text FROM presets").fetchone()
    handle(adapters.log, DeletePreset(preset_id=PRESET), Trace("command", "story"))
    with adapters.pool.connection() as connection:
        connection.execute("INSERT INTO presets SELECT (%s::presets).*", (row,))
    report = rebuild(database_url)
    assert [(found.kind, found.table, found.id) for found in report.named] == [("EXTRA", "presets", PRESET)]
    assert rebuild(database_url).differed == 0


@pytest.mark.slow
@pytest.mark.parametrize("batch_events", [1, 2, 5, 100])
def test_all_rows_of_a_dataset_that_were_in_their_tables_already_are_taken_out_again(
    adapters, database_url, batch_events
):
    def append(dataset_id, version, *events):
        adapters.log.append(Append(f"dataset-{dataset_id}", version, events, Trace("command", "story")))

    (other,) = queued(allow_duplicate=True)
    append(DATASET, 0, *purging())
    append(OTHER, 0, replace(other, job_id=OTHER))
    append(DATASET, len(purging()), DatasetPurged(job_id=PURGE_JOB, bytes_freed=5))

    report = rebuild(database_url, bounds=Bounds(batch_events=batch_events, held_bytes=0))

    assert (report.events, report.named) == (len(purging()) + 2, [])
    with adapters.pool.connection() as connection:
        left = "SELECT id::text FROM datasets UNION ALL SELECT id::text FROM jobs"
        assert connection.execute(left).fetchall() == [(OTHER,), (OTHER,)]
