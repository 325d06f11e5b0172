"""Asking for a search index, and what is told of one."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from api.ids import global_id
from domain.adapters.index_damage import report_damaged_index
from domain.adapters.pieces import WORK, NewPiece
from domain.adapters.views import dataset_view
from tests.api.operations import CANCEL, RETRY, index, restore, trash
from tests.api.stories import begin, write_progress
from tests.api.watched_lists import WATCH

STANDS = """
query ($id: ID!) {
  dataset(id: $id) {
    status sizeBytes searchIndex { status coverage sizeBytes progress { done total unit } }
    jobs(first: 1) { nodes { kind status } } history { events { type summary } }
  }
}"""
COVERAGE = "{ datasets { nodes { id searchIndex { coverage } } } }"
UNKNOWN = "00000000-0000-4000-8000-000000000000"


def stands(api, story):
    return api.ask(STANDS, id=global_id("Dataset", story.id))


def index_of(api, story):
    found = stands(api, story)["searchIndex"]
    return found["status"], found["coverage"], found["sizeBytes"]


def finish_part(adapters, story, number, *, rows, indexed):
    """One part of the index that the story's job builds, as a worker leaves it in the ledger."""
    piece = f"{number:05}"
    adapters.pieces.add(story.job, story.id, "index_dataset", NewPiece(piece, WORK))
    lease = adapters.pieces.take(story.job, piece, "a worker")
    assert adapters.pieces.commit(lease, {"file": f"{piece}.1.index", "rows": rows, "indexed": indexed})


def test_an_index_is_asked_for_and_built_while_the_dataset_stays_as_it_is(api, adapters):
    story = begin(adapters).is_ready()
    assert index_of(api, story) == ("NONE", 0.0, None)

    answer = index(api, story.id)
    assert (answer["errors"], answer["replayed"]) == ([], False)
    assert (answer["dataset"]["status"], answer["dataset"]["searchIndex"]) == ("READY", {"status": "BUILDING"})
    assert (answer["job"]["kind"], answer["job"]["status"]) == ("INDEX", "QUEUED")

    found = stands(api, story)
    assert found["jobs"]["nodes"] == [{"kind": "INDEX", "status": "QUEUED"}]
    assert found["history"]["events"][-1]["summary"] == "Indexing of the text was requested"


def test_coverage_grows_with_the_parts_that_are_done_and_is_whole_at_the_end(api, adapters):
    story = begin(adapters).is_ready().asks_for_an_index().starts()
    other = begin(adapters).is_ready()
    finish_part(adapters, story, 0, rows=7, indexed=6)
    assert index_of(api, story) == ("BUILDING", 0.5, None)
    finish_part(adapters, story, 1, rows=5, indexed=3)
    listed = {node["id"]: node["searchIndex"]["coverage"] for node in api.ask(COVERAGE)["nodes"]}
    assert listed == {global_id("Dataset", story.id): 0.75, global_id("Dataset", other.id): 0.0}
    story.is_indexed(indexed_rows=12)
    assert index_of(api, story) == ("READY", 1.0, 400)
    assert stands(api, story)["sizeBytes"] == 200, "the index is told apart"


def test_while_another_is_built_the_index_that_is_here_is_told_of(api, adapters):
    story = begin(adapters).is_ready().asks_for_an_index().is_indexed()
    story.asks_for_an_index().starts()
    finish_part(adapters, story, 0, rows=5, indexed=5)
    assert index_of(api, story) == ("BUILDING", 0.75, 400)
    story.fails()
    assert index_of(api, story) == ("READY", 0.75, 400)


def test_what_could_not_be_built_is_failed_until_it_is_tried_again(api, adapters):
    story = begin(adapters).is_ready().asks_for_an_index().starts()
    finish_part(adapters, story, 0, rows=7, indexed=6)
    story.fails()
    assert index_of(api, story) == ("FAILED", 0.5, None)
    assert stands(api, story)["status"] == "READY"
    answer = api.ask(RETRY, input={"jobId": global_id("Job", story.job)})
    assert (answer["errors"], answer["job"]["status"]) == ([], "QUEUED")
    assert index_of(api, story) == ("BUILDING", 0.5, None)


def test_a_build_that_is_called_off_leaves_what_was_here(api, adapters):
    story = begin(adapters).is_ready().asks_for_an_index()
    assert api.ask(CANCEL, input={"jobId": global_id("Job", story.job)})["errors"] == []
    assert index_of(api, story) == ("NONE", 0.0, None)
    assert index(api, story.id)["replayed"] is False
    assert index_of(api, story)[0] == "BUILDING"


def test_a_dataset_without_rows_is_found_whole(api, adapters):
    story = begin(adapters).is_ready({"train": []}).asks_for_an_index().is_indexed(indexed_rows=0)
    assert index_of(api, story) == ("READY", 1.0, 400)


def test_whoever_asks_while_it_is_built_gets_the_same_job(api, adapters):
    story = begin(adapters).is_ready()
    with ThreadPoolExecutor(4) as people:
        answers = list(people.map(lambda _: index(api, story.id), range(4)))
    assert len({answer["job"]["id"] for answer in answers}) == 1
    assert sorted(answer["replayed"] for answer in answers) == [False, True, True, True]
    assert len({answer["position"] for answer in answers}) == 1


def test_a_key_has_one_effect_also_after_the_index_is_there(api, adapters):
    story = begin(adapters).is_ready()
    first = index(api, story.id, idempotencyKey="k")
    story.job = dataset_view(adapters.engine, [story.id])[story.id]["index_job_id"]
    story.is_indexed()
    again = index(api, story.id, idempotencyKey="k")
    assert (again["replayed"], again["job"]["id"]) == (True, first["job"]["id"])
    assert index_of(api, story)[0] == "READY"


@pytest.mark.parametrize(
    ("given", "kind", "code"),
    [
        ({}, "InvalidInputError", "NOT_READY"),
        ({"expectedVersion": 7}, "VersionConflictError", "VERSION_CONFLICT"),
        ({"idempotencyKey": ""}, "InvalidInputError", "INVALID_INPUT"),
        ({"datasetId": global_id("Dataset", UNKNOWN)}, "NotFoundError", "NOT_FOUND"),
        ({"datasetId": "nonsense"}, "NotFoundError", "NOT_FOUND"),
    ],
)
def test_what_cannot_be_indexed_is_refused_with_a_reason(api, adapters, given, kind, code):
    (error,) = index(api, begin(adapters).id, **given)["errors"]
    assert (error["__typename"], error["code"]) == (kind, code)


def test_a_dataset_is_deleted_while_it_is_indexed_and_indexed_when_it_comes_back(api, adapters):
    story = begin(adapters).is_ready().asks_for_an_index().starts()
    assert trash(api, story.id)["errors"] == []
    assert index_of(api, story) == ("NONE", 0.0, None)
    (error,) = index(api, story.id)["errors"]
    assert error["code"] == "INVALID_TRANSITION"
    assert restore(api, story.id)["errors"] == []
    found = stands(api, story)
    assert (found["status"], found["searchIndex"]["status"]) == ("READY", "BUILDING")
    assert found["history"]["events"][-1]["summary"] == "Indexing of the text goes on after the trash"


def test_a_damaged_index_is_told_to_be_built_again(api, adapters):
    story = begin(adapters).is_ready().asks_for_an_index().is_indexed()
    report_damaged_index(adapters, story.id, f"datasets/{story.id}/index-{story.job}-1")
    assert index_of(api, story) == ("BUILDING", 0.0, None)
    events = stands(api, story)["history"]["events"]
    assert events[-1]["summary"] == "Indexing of the text begins anew: the index was damaged"


def test_those_who_watch_see_how_far_it_has_come(api, adapters):
    story = begin(adapters).is_ready().asks_for_an_index().starts()
    with api.subscribe(WATCH) as changes:
        changes.until(lambda told: any(change["kind"] == "SNAPSHOT_END" for change in told))
        write_progress(adapters, story, 5, 12, "ROWS")
        assert [node["id"] for node in changes.next()["datasets"]] == [global_id("Dataset", story.id)]
    progress = {"done": 5, "total": 12, "unit": "ROWS"}
    assert stands(api, story)["searchIndex"]["progress"] == progress
