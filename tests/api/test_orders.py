"""Datasets in every order, by places of it."""

from itertools import pairwise

import pytest
from psycopg.types.json import Jsonb

from api.connections import write_cursor
from tests.api.stories import begin

ID = "00000000-0000-4000-8000-000000000000"
DATASETS = """
query ($order: DatasetOrder, $first: Int, $after: String, $last: Int, $before: String) {
  datasets(orderBy: $order, first: $first, after: $after, last: $last, before: $before) {
    nodes { name status sizeBytes rowCount createdAt lastUsedAt source { ... on HubSource { repository } } }
    pageInfo { startCursor endCursor hasNextPage }
  }
}"""
COLUMNS = {
    "LAST_USED": "lastUsedAt",
    "CREATED": "createdAt",
    "NAME": "name",
    "STATUS": "status",
    "SOURCE": "source",
    "SIZE": "sizeBytes",
    "ROWS": "rowCount",
}
FIGURES = "UPDATE datasets SET size_bytes = %s, row_count = %s WHERE id = %s"


@pytest.fixture
def eleven(adapters):
    """Datasets with names in any case, some of one size, some without any."""
    names = ["b", "A", "c", "B", "ä", "a", "Z", "d", "e", "f", "g"]
    with adapters.pool.connection() as connection:
        for number, name in enumerate(names):
            story = begin(adapters, f"acme/{'one' if number % 2 else 'two'}{number // 4}", name=name)
            if number == 5:
                story.starts()
            if number % 3:
                connection.execute(FIGURES, (number % 4, 100 - number, story.id))
    return names


def orders():
    return [(field, direction) for field in COLUMNS for direction in ("ASC", "DESC")]


def walk(api, order, size, *, backward=False):
    seen, given = [], {}
    while True:
        page = api.ask(DATASETS, order=order, **({"last": size} if backward else {"first": size}), **given)
        if not page["nodes"]:
            return seen
        seen = page["nodes"] + seen if backward else seen + page["nodes"]
        info = page["pageInfo"]
        given = {"before": info["startCursor"]} if backward else {"after": info["endCursor"]}


@pytest.mark.sampled(5)
@pytest.mark.parametrize(("field", "direction"), orders())
def test_pages_in_any_order_are_the_whole_list_from_either_end(api, eleven, field, direction):
    order = {"field": field, "direction": direction}
    whole = walk(api, order, 100)
    assert sorted(node["name"] for node in whole) == sorted(eleven)
    assert walk(api, order, 3) == walk(api, order, 2, backward=True) == whole
    keys = [node[COLUMNS[field]] for node in whole]
    keys = [key["repository"] for key in keys] if field == "SOURCE" else keys
    known = [key.casefold() if field == "NAME" else key for key in keys if key is not None]
    assert keys[len(known) :] == [None] * (len(keys) - len(known)), "what is not known comes last"
    if field != "NAME":  # the order of letters is the database's
        assert known == sorted(known, reverse=direction == "DESC")


def test_names_are_ordered_whatever_their_case(api, eleven):
    found = [node["name"] for node in walk(api, {"field": "NAME", "direction": "ASC"}, 4)]
    places = {name: number for number, name in enumerate(found)}
    assert all(abs(places[one] - places[other]) == 1 for one, other in (("a", "A"), ("b", "B")))
    assert all(places[one] < places[other] for one, other in pairwise("abcdefg"))
    assert len(found) == len(eleven)


@pytest.mark.usefixtures("eleven")
def test_a_page_of_an_order_is_the_same_after_the_list_has_grown(api, adapters):
    order = {"field": "NAME", "direction": "ASC"}
    after = api.ask(DATASETS, order=order, first=4)["pageInfo"]["endCursor"]
    before = api.ask(DATASETS, order=order, first=4, after=after)["nodes"]
    for name in ("0", "a"):
        begin(adapters, name=name)
    assert api.ask(DATASETS, order=order, first=4, after=after)["nodes"] == before


@pytest.mark.parametrize(
    ("field", "after"),
    [
        ("SIZE", write_cursor("datasets", 1, ID)),
        ("SIZE", write_cursor("datasets ROWS DESC", 1, ID)),
        ("SIZE", write_cursor("datasets SIZE ASC", 1, ID)),
        ("SIZE", write_cursor("datasets SIZE DESC", -2, ID)),
        ("SIZE", write_cursor("datasets SIZE DESC", 2**63, ID)),
        ("SIZE", write_cursor("datasets SIZE DESC", "x", ID)),
        ("SIZE", write_cursor("datasets SIZE DESC", 1, "x")),
        ("NAME", write_cursor("datasets NAME DESC", "a\0", ID)),
        ("NAME", write_cursor("datasets NAME DESC", ID)),
        ("STATUS", write_cursor("datasets NAME DESC", "READY", ID)),
        ("SOURCE", write_cursor("datasets SOURCE ASC", "hub acme/a", ID)),
        ("CREATED", write_cursor("datasets", 1, ID)),
    ],
)
def test_a_cursor_of_another_order_is_refused(shared_api, field, after):
    order = {"field": field, "direction": "DESC"}
    assert shared_api.refused(DATASETS, order=order, after=after)["extensions"] == {"code": "BAD_USER_INPUT"}


@pytest.mark.parametrize("name", ["two\nlines.csv", "x" * 255, "ä\\n.csv", ""])
def test_a_source_of_any_name_has_its_place(api, adapters, name):
    """What is odd about it is neither lost nor in the way of a cursor."""
    stories = [begin(adapters) for _ in range(3)]
    with adapters.pool.connection() as connection:
        source = Jsonb({"kind": "UPLOAD", "fileName": name, "format": "csv", "sizeBytes": 1, "sha256": "0" * 64})
        connection.execute("UPDATE datasets SET source = %s WHERE id = %s", (source, stories[1].id))
    order = {"field": "SOURCE", "direction": "DESC"}
    whole = walk(api, order, 100)
    assert walk(api, order, 1) == walk(api, order, 1, backward=True) == whole
    assert [node["source"] == {} for node in whole] == [True, False, False]


def test_datasets_are_found_by_their_size_and_their_time(api, adapters, eleven):
    document = "query ($filter: DatasetFilter) { datasets(filter: $filter) { totalCount nodes { sizeBytes } } }"

    def sizes(**bounds):
        return sorted(node["sizeBytes"] for node in api.ask(document, filter={"sizeBytes": bounds})["nodes"])

    assert sizes(min=2, max=3) == [2, 2, 3]
    assert sizes(min=3) == [3]
    assert sizes(max=0) == [0, 0]
    assert api.ask(document, filter={"sizeBytes": {}})["totalCount"] == len(eleven)
    moment = api.ask(DATASETS, order={"field": "CREATED", "direction": "ASC"}, first=4)["nodes"][3]["createdAt"]
    assert api.ask(document, filter={"createdAt": {"min": moment}})["totalCount"] == 8
    assert api.ask(document, filter={"createdAt": {"max": moment}})["totalCount"] == 4
