"""The rows of a dataset: one list over its splits, from mapped files."""

import datetime

import pytest

from api.connections import write_cursor
from api.ids import SampleKey, global_id, sample_id
from api.sample_cursors import list_of
from domain.adapters.samples_wanted import SampleOrder
from tests.api.stories import begin, texts

SAMPLES = """
query ($id: ID!, $filter: SampleFilter, $at: BigInt, $first: Int, $after: String, $last: Int, $before: String) {
  dataset(id: $id) {
    samples(filter: $filter, at: $at, first: $first, after: $after, last: $last, before: $before) {
      totalCount nodes { id split index text truncated wordCount row } edges { cursor }
      pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    }
  }
}"""
NODE = "query ($id: ID!) { node(id: $id) { ... on Sample { id split index text truncated wordCount row } } }"
ALL = [("train", index) for index in range(7)] + [("test", index) for index in range(5)]


@pytest.fixture(scope="module")
def story(shared_adapters):
    return begin(shared_adapters).is_ready()


@pytest.fixture(scope="module")
def page(shared_api, story):
    def ask(**given):
        return shared_api.ask(SAMPLES, id=global_id("Dataset", story.id), **given)["samples"]

    return ask


def places(found):
    return [(node["split"], node["index"]) for node in found["nodes"]]


def test_rows_come_split_by_split_in_the_order_of_the_source(page):
    found = page()
    assert places(found) == ALL
    assert found["totalCount"] == 12
    first = {**found["nodes"][0]}
    del first["id"]
    assert first == {
        "split": "train",
        "index": 0,
        "text": "one train 0",
        "truncated": False,
        "wordCount": 3,
        "row": {"text": "one train 0"},
    }


@pytest.mark.parametrize("size", [1, 5, 7, 12, 100])
def test_pages_go_through_every_split_both_ways(page, size):
    seen, found = [], page(first=size)
    while found["nodes"]:
        seen += places(found)
        assert found["pageInfo"]["hasNextPage"] == (seen != ALL)
        found = page(first=size, after=found["pageInfo"]["endCursor"])
    assert seen == ALL
    seen, found = [], page(last=size)
    while found["nodes"]:
        seen = places(found) + seen
        assert found["pageInfo"]["hasPreviousPage"] == (seen != ALL)
        found = page(last=size, before=found["pageInfo"]["startCursor"])
    assert seen == ALL


def test_a_filter_leaves_one_split(page):
    found = page(filter={"split": "test"}, first=3)
    assert places(found) == [("test", 0), ("test", 1), ("test", 2)]
    assert found["totalCount"] == 5
    assert places(page(filter={"split": "test"}, after=found["pageInfo"]["endCursor"])) == [("test", 3), ("test", 4)]
    assert page(filter={"split": None})["totalCount"] == 12


def test_a_page_begins_at_any_row(page):
    found = page(at=6, first=3)
    assert places(found) == [("train", 6), ("test", 0), ("test", 1)]
    assert found["pageInfo"]["hasPreviousPage"] is True
    assert places(page(at=6, first=1, filter={"split": "test"})) == []
    assert places(page(at=0, first=1)) == [("train", 0)]
    assert places(page(at=12)) == places(page(at=2**53)) == []


def test_fifty_come_when_nothing_is_said(shared_api, shared_adapters):
    story = begin(shared_adapters).is_ready({"train": texts("one", 60)})
    assert len(shared_api.ask(SAMPLES, id=global_id("Dataset", story.id))["samples"]["nodes"]) == 50


def test_long_texts_are_cut_in_lists_and_whole_by_their_id(shared_api, shared_adapters):
    long = "wörd " * 1_000
    rows = [{"text": "short", "more": {"deep": [long]}}, {"text": long, "more": {"deep": ["x"]}}]
    story = begin(shared_adapters).is_ready({"train": rows})
    deep, cut = shared_api.ask(SAMPLES, id=global_id("Dataset", story.id))["samples"]["nodes"]
    assert (deep["text"], deep["truncated"], deep["row"]["more"]["deep"]) == ("short", True, [long[:2_000]])
    assert (cut["text"], cut["truncated"], cut["wordCount"]) == (long[:2_000], True, 1_000)
    whole = shared_api.ask(NODE, id=cut["id"])
    assert (whole["text"], whole["truncated"], whole["wordCount"]) == (long, False, 1_000)
    assert shared_api.ask(NODE, id=deep["id"])["row"] == rows[0]


def test_rows_are_json_whatever_their_columns_hold(shared_api, shared_adapters):
    row = {
        "text": None,
        "when": datetime.datetime(2026, 1, 2, 3, 4, tzinfo=datetime.UTC),
        "bytes": b"\x00\xff",
        "number": float("nan"),
        "large": 2**60,
    }
    story = begin(shared_adapters).is_ready({"train": [row]})
    (node,) = shared_api.ask(SAMPLES, id=global_id("Dataset", story.id))["samples"]["nodes"]
    assert (node["text"], node["wordCount"]) == ("", 0)
    assert node["row"]["large"] == 2**60
    assert node["row"]["when"].startswith("2026-01-02T03:04")
    assert node["row"]["bytes"] == {"bytes": 2, "type": "application/octet-stream"}


def test_a_dataset_that_is_not_ready_has_no_rows(shared_api, shared_adapters):
    found = shared_api.ask(SAMPLES, id=global_id("Dataset", begin(shared_adapters).starts().id), at=3)["samples"]
    assert (found["totalCount"], found["nodes"]) == (0, [])


@pytest.mark.parametrize(
    "given",
    [
        {"filter": {"split": "dev"}},
        *({"at": -1}, {"at": 1, "last": 1}, {"first": 1, "last": 1}, {"first": 101}, {"after": "x"}),
        {"after": write_cursor("samples", "of another list", "", 0, "train")},
    ],
)
def test_a_page_of_rows_that_cannot_be_is_refused(shared_api, story, given):
    error = shared_api.refused(SAMPLES, id=global_id("Dataset", story.id), **given)
    assert error["extensions"]["code"] == "BAD_USER_INPUT"


@pytest.mark.parametrize(
    "place",
    [
        *(("", 7, "train"), ("", 0, "dev"), ("", -1, "train"), ("", "x", "train"), ("", 0), ("inf", 0, "train")),
        *(("nan", 0, "train"), ("x", 0, "train"), ("", "", "")),
    ],
)
def test_a_cursor_of_a_row_that_is_not_there_is_refused(shared_api, story, place):
    cursor = write_cursor("samples", list_of(story.id, {}, "", SampleOrder.ROW), *place)
    error = shared_api.refused(SAMPLES, id=global_id("Dataset", story.id), after=cursor)
    assert error["extensions"]["code"] == "BAD_USER_INPUT"


def test_a_cursor_belongs_to_its_filter(shared_api, story, page):
    cursor = page(first=1)["pageInfo"]["endCursor"]
    given = {"id": global_id("Dataset", story.id), "filter": {"split": "test"}, "after": cursor}
    assert shared_api.refused(SAMPLES, **given)["extensions"]["code"] == "BAD_USER_INPUT"


@pytest.mark.parametrize("place", [("train", 7), ("dev", 0), ("", 0)])
def test_a_row_that_is_not_there_is_null(shared_api, shared_adapters, story, place):
    assert shared_api.ask(NODE, id=sample_id(SampleKey(story.id, *place))) is None
    assert shared_api.ask(NODE, id=sample_id(SampleKey(begin(shared_adapters).id, "train", 0))) is None
