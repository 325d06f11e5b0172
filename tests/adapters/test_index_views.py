"""The finished parts of an index that is being built, and the report of one that is damaged."""

import pytest

from domain.adapters.folders import work_of
from domain.adapters.index_damage import report_damaged_index
from domain.adapters.index_views import IndexParts, index_parts_view, indexed_rows_view
from domain.adapters.pieces import COMPLETE, PLAN, WORK, NewPiece
from domain.adapters.views import dataset_view
from tests.api.stories import begin


@pytest.fixture
def story(adapters):
    return begin(adapters).is_ready()


def row_of(adapters, story):
    return dataset_view(adapters.engine, [story.id])[story.id]


def is_built(adapters, story, parts, *, finished):
    """As many pieces of work as `parts` has, of which the first few are finished."""
    pieces = [NewPiece("plan", PLAN), NewPiece("complete", COMPLETE)]
    pieces += [NewPiece(f"{number:05}", WORK) for number in range(len(parts))]
    for piece in pieces:
        adapters.pieces.add(story.job, story.id, "index_dataset", piece)
    done = {"plan": {}} | {f"{number:05}": part for number, part in enumerate(parts[:finished])}
    for piece, outcome in done.items():
        lease = adapters.pieces.take(story.job, piece, "a worker")
        assert adapters.pieces.commit(lease, outcome)


def part(number, rows, indexed):
    return {"file": f"{number:05}.7.index", "split": "train", "rows": rows, "indexed": indexed}


def test_finished_parts_are_searched_before_the_index_is_whole(adapters, story):
    story.asks_for_an_index()
    is_built(adapters, story, [part(0, 5, 4), part(1, 5, 5), part(2, 2, 2)], finished=2)
    found = index_parts_view(adapters.engine, adapters.storage, row_of(adapters, story))
    work = work_of(adapters.storage, story.id, story.job)
    assert found == IndexParts((work / "00000.7.index", work / "00001.7.index"), rows=10, indexed_rows=9)
    assert indexed_rows_view(adapters.engine, [story.job]) == {story.job: 9}


def test_finished_parts_are_in_the_order_of_their_rows_however_many_there_are(adapters, story):
    story.asks_for_an_index()
    for number in (100_000, 99_999):
        adapters.pieces.add(story.job, story.id, "index_dataset", NewPiece(f"{number:05}", WORK))
        adapters.pieces.commit(adapters.pieces.take(story.job, f"{number:05}", "a worker"), part(number, 5, 5))
    found = index_parts_view(adapters.engine, adapters.storage, row_of(adapters, story))
    assert [folder.name for folder in found.folders] == ["99999.7.index", "100000.7.index"]


def test_without_a_finished_part_nothing_is_searched(adapters, story):
    assert index_parts_view(adapters.engine, adapters.storage, row_of(adapters, story)) == IndexParts()
    story.asks_for_an_index()
    is_built(adapters, story, [part(0, 5, 4)], finished=0)
    assert index_parts_view(adapters.engine, adapters.storage, row_of(adapters, story)) == IndexParts()
    assert indexed_rows_view(adapters.engine, [story.job]) == {}


def test_a_damaged_index_is_reported_once_and_built_again(adapters, story):
    story.asks_for_an_index().is_indexed()
    folder = row_of(adapters, story)["index_folder"]
    for _ in range(2):
        report_damaged_index(adapters, story.id, folder)
    row = row_of(adapters, story)
    assert (row["index_status"], row["index_folder"], row["index_bytes"]) == ("BUILDING", None, None)
    assert row["status"] == "READY"
    assert [one.event.reason for one in adapters.log.read(f"dataset-{story.id}")[-1:]] == ["DAMAGED"]


def test_a_report_of_what_is_not_searched_any_more_changes_nothing(adapters, story):
    story.asks_for_an_index().is_indexed()
    old = row_of(adapters, story)["index_folder"]
    story.asks_for_an_index().is_indexed()
    before = row_of(adapters, story)
    report_damaged_index(adapters, story.id, old)
    assert row_of(adapters, story) == before
    story.is_trashed()
    trashed = row_of(adapters, story)
    report_damaged_index(adapters, story.id, before["index_folder"])
    assert row_of(adapters, story) == trashed
