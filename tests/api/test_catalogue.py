"""Finding datasets: by their words, with every other filter, in every order, page by page, and as they change."""

import pytest

from api.ids import global_id
from tests.api.operations import describe
from tests.api.stories import begin
from tests.api.watched_lists import WATCH, listed, whole

FIND = """
query ($filter: DatasetFilter, $order: DatasetOrder, $first: Int, $after: String, $last: Int, $before: String) {
  datasets(filter: $filter, orderBy: $order, first: $first, after: $after, last: $last, before: $before) {
    totalCount nodes { name } edges { cursor } pageInfo { hasNextPage hasPreviousPage }
  }
}"""
ORDERS = [
    {"field": field, "direction": way}
    for field in ("LAST_USED", "CREATED", "NAME", "SIZE", "ROWS")
    for way in ("ASC", "DESC")
]


def find(api, search, **more):
    found = api.ask(FIND, filter={"search": search, **more.pop("filter", {})}, **more)
    names = sorted(node["name"] for node in found["nodes"])
    assert found["totalCount"] >= len(names)
    return names


@pytest.fixture(scope="module")
def catalogue(shared_api, shared_adapters):
    """A few datasets, one of them in the trash."""
    begin(shared_adapters, "acme/english-wiki_2023", tags=["news"]).is_ready()
    begin(shared_adapters, "acme/deutsch", name="German books", config="plain", files=["data/verlag-*.jsonl"])
    begin(shared_adapters, "中文/维基百科", name="Chinese", tags=["news", "wiki"])
    noted = begin(shared_adapters, "other/rest", name="Rest")
    describe(shared_api, noted.id, notes="Taken from the newspaper of 1999.")
    begin(shared_adapters, "acme/english-wiki_2024", name="English, gone").is_ready().is_trashed()
    return shared_api


FIRST, GERMAN, CHINESE, REST = "acme/english-wiki_2023", "German books", "Chinese", "Rest"


@pytest.mark.parametrize(
    ("search", "names"),
    [
        ("english", [FIRST]),
        ("acme/english", [FIRST]),
        ("wiki", [FIRST, CHINESE]),
        ("acme", [FIRST, GERMAN]),
        ("ACME boo", [GERMAN]),
        ("plain", [GERMAN]),
        ("verlag", [GERMAN]),
        ("news", [FIRST, CHINESE, REST]),
        ("news ", [FIRST, CHINESE]),
        ("1999 newspaper", [REST]),
        ("维基", [CHINESE]),
        ("text", [FIRST]),
        ("deutsch or newspaper", [GERMAN, REST]),
        ("acme -books", [FIRST]),
        ('"of 1999"', [REST]),
        ("", [FIRST, GERMAN, CHINESE, REST]),
        (" ", [FIRST, GERMAN, CHINESE, REST]),
        (" ?!", []),
        ("'; DROP TABLE datasets; --", []),
        ('\0\\%_.*"(', []),
        ("x" * 10_000, []),
    ],
)
def test_datasets_are_found_by_what_they_are_called_and_what_is_said_of_them(catalogue, search, names):
    assert find(catalogue, search) == sorted(names)


def test_a_search_stands_beside_every_other_filter_and_the_trash_stays_out_of_it(catalogue):
    assert find(catalogue, "acme", filter={"status": ["READY"]}) == [FIRST]
    assert find(catalogue, "english", filter={"status": ["TRASHED"]}) == ["English, gone"]
    assert find(catalogue, "wiki", filter={"tags": ["news"], "source": "HUB"}) == sorted([FIRST, CHINESE])
    assert find(catalogue, "wiki", filter={"source": "UPLOAD"}) == []
    assert find(catalogue, "acme", filter={"sizeBytes": {"min": 1}}) == [FIRST]
    assert find(catalogue, "acme", filter={"createdAt": {"max": "2000-01-01T00:00:00Z"}}) == []


@pytest.mark.parametrize("order", ORDERS, ids=lambda order: f"{order['field']} {order['direction']}")
def test_in_every_order_pages_of_a_search_are_the_list_of_it(catalogue, order):
    whole_list = [node["name"] for node in catalogue.ask(FIND, filter={}, order=order)["nodes"]]
    expected = [name for name in whole_list if name in (FIRST, CHINESE, REST)]
    for back in (False, True):
        seen, place = [], None
        for number in range(3):
            page = {"last": 1, "before": place} if back else {"first": 1, "after": place}
            found = catalogue.ask(FIND, filter={"search": "news"}, order=order, **page)
            assert found["totalCount"] == 3
            assert found["pageInfo"]["hasPreviousPage" if back else "hasNextPage"] == (number < 2)
            seen.append(found["nodes"][0]["name"])
            place = found["edges"][0]["cursor"]
        assert seen == (expected[::-1] if back else expected)


@pytest.mark.parametrize("search", ["x" * 10_001, " ".join(f"w{number}" for number in range(33))])
def test_a_search_past_the_limits_is_bad_input(catalogue, search):
    error = catalogue.refused(FIND, filter={"search": search})
    assert error["extensions"]["code"] == "BAD_USER_INPUT"
    assert "A search has at most" in error["message"]


def test_what_is_renamed_out_of_a_watched_search_is_removed_and_what_comes_into_it_is_told(api, adapters):
    story, other = begin(adapters, "acme/one", name="English news"), begin(adapters, "acme/two", name="Books")
    key, other_key = (global_id("Dataset", each.id) for each in (story, other))
    wanted = {"search": "english -old", "status": ["QUEUED"]}
    with api.subscribe(WATCH, filter=wanted) as changes:
        seen = whole(changes)
        assert list(seen.rows) == [key]

        describe(api, story.id, name="German news")
        change = changes.next()
        assert (change["kind"], change["removedIds"], change["datasets"]) == ("REMOVED", [key], [])

        describe(api, other.id, notes="Written in English.")
        change = changes.next()
        assert (change["kind"], [row["id"] for row in change["datasets"]]) == ("UPSERTED", [other_key])

        describe(api, other.id, tags=["old"])
        assert changes.next()["removedIds"] == [other_key]
    assert listed(api, wanted) == {}


def test_who_comes_back_to_a_search_has_missed_nothing(api, adapters):
    wanted = {"search": "engl"}
    stories = [begin(adapters, "acme/one", name=f"English {number}") for number in range(3)]
    with api.subscribe(WATCH, filter=wanted) as changes:
        seen = whole(changes)
    describe(api, stories[0].id, name="German")
    stories[1].starts()
    begin(adapters, "acme/two", name="Engli")
    begin(adapters, "acme/two", name="Other")
    with api.subscribe(WATCH, filter=wanted, after=seen.position) as changes:
        again = seen.take_until(changes, lambda: len(seen.told) == 2)
    assert again.states() == listed(api, wanted)
    assert len(again.rows) == 3
