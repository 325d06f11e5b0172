"""Pages of lists: cursors are places, so a page stays what it is when the list grows."""

import pytest

from api.connections import write_cursor
from api.ids import global_id
from domain.adapters.public_ids import encode
from tests.api.stories import begin

DATASETS = """
query ($filter: DatasetFilter, $first: Int, $after: String, $last: Int, $before: String) {
  datasets(filter: $filter, first: $first, after: $after, last: $last, before: $before) {
    totalCount nodes { name } edges { node { name } cursor }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
  }
}"""
JOBS = """
query ($filter: JobFilter, $first: Int, $after: String, $last: Int, $before: String) {
  jobs(filter: $filter, first: $first, after: $after, last: $last, before: $before) {
    totalCount nodes { datasetName kind } pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
  }
}"""


@pytest.fixture
def nine(adapters):
    """Nine datasets, named by their age; the newest is n8."""
    return [begin(adapters, name=f"n{number}", tags=["even"] if number % 2 == 0 else []) for number in range(9)]


def names(page):
    return [node["name"] for node in page["nodes"]]


def info(page):
    return page["pageInfo"]["hasPreviousPage"], page["pageInfo"]["hasNextPage"]


@pytest.mark.usefixtures("nine")
def test_pages_forward_are_the_whole_list(api):
    page, seen = api.ask(DATASETS, first=4), []
    assert info(page) == (False, True)
    while page["nodes"]:
        seen += names(page)
        assert [edge["node"]["name"] for edge in page["edges"]] == names(page)
        assert page["edges"][-1]["cursor"] == page["pageInfo"]["endCursor"]
        assert page["totalCount"] == 9
        page = api.ask(DATASETS, first=4, after=page["pageInfo"]["endCursor"])
    assert seen == [f"n{number}" for number in range(8, -1, -1)]


@pytest.mark.usefixtures("nine")
def test_pages_backward_are_the_whole_list_in_the_same_order(api):
    page, seen = api.ask(DATASETS, last=4), []
    assert info(page) == (True, False)
    while page["nodes"]:
        seen = names(page) + seen
        page = api.ask(DATASETS, last=4, before=page["pageInfo"]["startCursor"])
    assert seen == [f"n{number}" for number in range(8, -1, -1)]


@pytest.mark.usefixtures("nine")
def test_a_page_lies_between_two_cursors(api):
    cursors = [edge["cursor"] for edge in api.ask(DATASETS)["edges"]]
    assert names(api.ask(DATASETS, after=cursors[2], before=cursors[6])) == ["n5", "n4", "n3"]
    assert names(api.ask(DATASETS, first=2, after=cursors[2], before=cursors[6])) == ["n5", "n4"]
    assert names(api.ask(DATASETS, last=2, after=cursors[2], before=cursors[6])) == ["n4", "n3"]
    assert names(api.ask(DATASETS, first=0)) == []


@pytest.mark.usefixtures("nine")
def test_a_page_is_the_same_after_the_list_has_grown(api, adapters):
    after = api.ask(DATASETS, first=4)["pageInfo"]["endCursor"]
    before = names(api.ask(DATASETS, first=4, after=after))
    for _ in range(5):
        begin(adapters)
    assert names(api.ask(DATASETS, first=4, after=after)) == before


def test_equal_times_do_not_lose_a_row(api, adapters, nine):
    with adapters.pool.connection() as connection:
        connection.execute("UPDATE datasets SET last_used_at = '2026-01-02 03:04:05.678901+00'")
    page, seen = api.ask(DATASETS, first=2), []
    while page["nodes"]:
        seen += names(page)
        page = api.ask(DATASETS, first=2, after=page["pageInfo"]["endCursor"])
    assert sorted(seen) == sorted(f"n{number}" for number in range(len(nine)))


def test_twenty_come_when_nothing_is_said(api, adapters):
    for _ in range(21):
        begin(adapters)
    assert len(api.ask(DATASETS)["nodes"]) == 20
    assert len(api.ask(DATASETS, first=100)["nodes"]) == 21


def test_filters_leave_out_and_count(api, adapters, nine):
    nine[0].is_ready()
    nine[1].starts().fails()
    assert names(api.ask(DATASETS, filter={"status": ["READY", "FAILED"]})) == ["n1", "n0"]
    assert api.ask(DATASETS, filter={"tags": ["even"]})["totalCount"] == 5
    assert names(api.ask(DATASETS, filter={"tags": ["even"], "status": "READY"})) == ["n0"]
    assert api.ask(DATASETS, filter={"source": "HUB"}, first=1)["totalCount"] == 9
    assert api.ask(DATASETS, filter={"status": [], "tags": None})["totalCount"] == 0
    assert api.ask(DATASETS, filter={})["totalCount"] == 9


def test_jobs_are_found_by_what_they_do_and_for_whom(api, nine):
    nine[3].is_ready().asks_for_tokens()
    mine = {"datasetId": global_id("Dataset", nine[3].id)}
    assert [node["kind"] for node in api.ask(JOBS, filter=mine)["nodes"]] == ["TOKENIZE", "INGEST", "DOWNLOAD"]
    assert api.ask(JOBS, filter={"kind": ["INGEST"]})["nodes"] == [{"datasetName": "n3", "kind": "INGEST"}]
    assert api.ask(JOBS, filter={**mine, "status": ["SUCCEEDED"]})["totalCount"] == 2
    for unknown in ("", "x", global_id("Dataset", "00000000-0000-4000-8000-000000000000")):
        assert api.ask(JOBS, filter={"datasetId": unknown})["totalCount"] == 0


def test_what_belongs_to_a_dataset_pages_as_well(api, adapters):
    story = begin(adapters).is_ready()
    for number in range(5):
        story.asks_for_tokens(8 + number)
    document = """query ($id: ID!, $first: Int, $after: String, $last: Int) { dataset(id: $id) {
      tokenizations(first: $first, after: $after, last: $last) { totalCount nodes { id } pageInfo { endCursor } }
    } }"""
    id_ = global_id("Dataset", story.id)
    seen, page = [], api.ask(document, id=id_, first=2)["tokenizations"]
    while page["nodes"]:
        assert page["totalCount"] == 5
        seen += [node["id"] for node in page["nodes"]]
        page = api.ask(document, id=id_, first=2, after=page["pageInfo"]["endCursor"])["tokenizations"]
    assert seen[0] == global_id("Tokenization", story.tokenization)
    assert len(set(seen)) == 5
    assert [node["id"] for node in api.ask(document, id=id_, last=2)["tokenizations"]["nodes"]] == seen[-2:]


@pytest.mark.parametrize(
    "page",
    [
        *({"first": 1, "last": 1}, {"first": -1}, {"last": -1}, {"first": 101}, {"last": 101}),
        *({"after": ""}, {"after": "x"}, {"before": "!"}, {"after": "é"}, {"after": encode("2\ndatasets\n1\nx")}),
        {"after": write_cursor("jobs", 1, "00000000-0000-4000-8000-000000000000")},
        {"after": write_cursor("datasets", 1, "no-uuid")},
        {"after": write_cursor("datasets", "one", "00000000-0000-4000-8000-000000000000")},
        {"after": write_cursor("datasets", 10**30, "00000000-0000-4000-8000-000000000000")},
        {"after": write_cursor("datasets", "01", "00000000-0000-4000-8000-000000000000")},
        {"after": write_cursor("datasets", 1)},
    ],
)
def test_a_page_that_cannot_be_is_refused(shared_api, page):
    error = shared_api.refused(DATASETS, **page)
    assert error["extensions"] == {"code": "BAD_USER_INPUT"}
