"""Samples that are searched for: what is found, in which order, on which page, and what the answer says of itself."""

import re

import pytest

from api.ids import global_id
from tests.api.searchable import ROWS, is_indexed, rows, write_documents
from tests.api.stories import begin

pytestmark = pytest.mark.slow

SEARCH = """
query ($id: ID!, $filter: SampleFilter, $orderBy: SampleOrder, $at: BigInt, $first: Int, $after: String, $last: Int,
    $before: String) {
  dataset(id: $id) {
    samples(filter: $filter, orderBy: $orderBy, at: $at, first: $first, after: $after, last: $last, before: $before) {
      totalCount partial searchedAs notices { code message }
      facets { splits { split rowCount } lengths { from to count } }
      nodes { id split index text wordCount tokenCount highlights { start end } }
      pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    }
  }
}"""
TOTAL = """query ($id: ID!, $filter: SampleFilter) {
  dataset(id: $id) { samples(filter: $filter) { ... on SampleConnection { totalCount } } } }"""
MARKED = """query ($id: ID!, $search: String) {
  node(id: $id) { ... on Sample { text highlights(search: $search) { start end } } } }"""
LENGTHS = {"train": list(range(30)), "test": list(range(30, 50))}


@pytest.fixture(scope="module")
def story(shared_adapters):
    made = is_indexed(begin(shared_adapters).is_ready(rows())).asks_for_tokens().is_tokenized()
    write_documents(made, LENGTHS)
    return made


@pytest.fixture(scope="module")
def search(shared_api, story):
    def ask(text=None, /, filter=None, **given):
        wanted = (filter or {}) | ({} if text is None else {"search": text})
        return shared_api.ask(SEARCH, id=global_id("Dataset", story.id), filter=wanted, **given)["samples"]

    return ask


@pytest.fixture
def tokens(story):
    return global_id("Tokenization", story.tokenization)


def numbers(found):
    """The rows of an answer, counted over both splits."""
    return [node["index"] + (ROWS["train"] if node["split"] == "test" else 0) for node in found["nodes"]]


def having(holds):
    every = [row for split in rows().values() for row in split]
    return [number for number, row in enumerate(every) if holds(row)]


def words_in(text):
    return len(re.findall(r"[^\W_]+", text))


def parts_of(node):
    return [node["text"][mark["start"] : mark["end"]] for mark in node["highlights"]]


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("cat", lambda row: "cat" in f"{row['text']} {row['title']}"),
        ("text:cat", lambda row: "cat" in row["text"]),
        ("CAT -mat", lambda row: "cat" in f"{row['text']} {row['title']}" and "mat" not in row["text"]),
        ('"the mat on the"', lambda row: "the mat on the" in row["text"]),
        ("number4*", lambda row: "number4" in row["text"]),
        ("dog or bird", lambda row: "dog" in row["text"] or "bird" in row["text"]),
        ("STRASSE", lambda row: "Straße" in row["text"]),
        ("京", lambda row: "東京" in row["text"]),
        ("a/b", lambda row: "a/b" in row["text"]),
        ("elephant", lambda row: False),
        ("-here", lambda row: False),
    ],
)
def test_a_search_finds_every_row_that_has_it_and_no_other(search, text, holds):
    found = search(text)
    assert numbers(found) == having(holds)
    assert found["totalCount"] == len(having(holds))
    assert (found["partial"], found["notices"]) == (False, [])


def test_what_was_searched_for_is_shown_where_it_stands(search):
    for node in search("bird or title:mouse or mat*")["nodes"]:
        assert [part.lower() for part in parts_of(node)] == [
            word for word in node["text"].lower().split() if word in ("bird", "mat")
        ]
    (node,) = search('"is on the mat" number2')["nodes"]
    assert parts_of(node) == ["is on the mat", "number2"]


def test_one_sample_shows_where_it_has_anything_else(shared_api, search):
    node = search("dog", first=1)["nodes"][0]
    found = shared_api.ask(MARKED, id=node["id"], search="number* or text:here or title:is")
    assert parts_of(found) == ["Here", "number1"]
    assert shared_api.ask(MARKED, id=node["id"])["highlights"] == []
    refused = shared_api.refused(MARKED, id=node["id"], search="x" * 10_001)
    assert (refused["extensions"]["code"], refused["path"]) == ("BAD_USER_INPUT", ["node", "highlights"])


@pytest.mark.parametrize(
    ("filter_", "holds"),
    [
        ({"split": "test"}, lambda row: int(row["text"].rpartition("number")[2]) >= 30),
        ({"wordCount": {"min": 6, "max": 9}}, lambda row: 6 <= words_in(row["text"]) <= 9),
        ({"where": [{"column": "stars", "equals": 3}]}, lambda row: row["stars"] == 3),
        ({"where": [{"column": "stars", "in": [1, 3]}]}, lambda row: row["stars"] in (1, 3)),
        ({"where": [{"column": "stars", "isNull": True}]}, lambda row: row["stars"] is None),
        ({"where": [{"column": "stars", "isNull": False, "max": 1}]}, lambda row: row["stars"] in (0, 1)),
        ({"where": [{"column": "score", "min": 4.5, "max": 6}]}, lambda row: 4.5 <= row["score"] <= 6),
        ({"where": [{"column": "good", "equals": True}]}, lambda row: row["good"]),
        ({"where": [{"column": "title", "contains": "cat"}]}, lambda row: "cat" in (row["title"] or "")),
        ({"where": [{"column": "when", "min": "2026-01-28"}]}, lambda row: row["when"].day == 28),
        (
            {"search": "text:cat", "split": "train", "wordCount": {"max": 5},
             "where": [{"column": "good", "equals": True}]},
            lambda row: row["text"] in ("Here the cat is number0", "Here the cat is number30"),
        ),
    ],
)  # fmt: skip
def test_filters_leave_the_rows_for_which_all_of_them_hold(search, filter_, holds):
    found = search(filter=filter_)
    wanted = [number for number in having(holds) if filter_.get("split") != "train" or number < ROWS["train"]]
    assert (numbers(found), found["totalCount"], found["partial"]) == (wanted, len(wanted), False)
    assert wanted


def test_tokens_of_a_tokenization_are_told_and_filtered_by(search, tokens):
    found = search("cat", filter={"tokenizationId": tokens})
    assert [node["tokenCount"] for node in found["nodes"]] == numbers(found)
    assert {node["tokenCount"] for node in search("cat")["nodes"]} == {None}
    found = search(filter={"tokenizationId": tokens, "tokenCount": {"min": 28, "max": 31}})
    assert (numbers(found), [node["tokenCount"] for node in found["nodes"]]) == ([28, 29, 30, 31], [28, 29, 30, 31])
    assert [node["tokenCount"] for node in search(filter={"tokenizationId": tokens}, at=7, first=2)["nodes"]] == [7, 8]


def test_facets_tell_of_all_that_were_found_whatever_the_page(search):
    found = search("cat", first=1)
    every = numbers(search("cat"))
    of_train = sum(number < ROWS["train"] for number in every)
    assert found["facets"]["splits"] == [
        {"split": "train", "rowCount": of_train},
        {"split": "test", "rowCount": len(every) - of_train},
    ]
    bins = found["facets"]["lengths"]
    assert len(bins) == 20
    assert sum(each["count"] for each in bins) == len(every)
    longest = search("cat", filter={"wordCount": {"min": 8}})["totalCount"]
    assert sum(each["count"] for each in bins if each["from"] >= 8) == longest > 0
    assert [each["rowCount"] for each in search()["facets"]["splits"]] == [30, 20], (
        "of all rows, where nothing is searched"
    )


@pytest.mark.parametrize("order", ["ROW", "RELEVANCE", "SHORTEST", "LONGEST", None])
@pytest.mark.parametrize("given", [{"search": "mat or cat"}, {"where": [{"column": "good", "equals": True}]}, {}])
def test_pages_of_every_order_go_through_all_both_ways(search, order, given):
    # given all of a result at once
    whole = search(filter=given, orderBy=order, first=100)
    every = numbers(whole)
    assert whole["totalCount"] == len(every) == len(set(every))

    # when it is read by pages from either end, and from a number on
    forward, found = [], search(filter=given, orderBy=order, first=7)
    while found["nodes"]:
        forward += numbers(found)
        assert found["pageInfo"]["hasNextPage"] == (len(forward) < len(every))
        found = search(filter=given, orderBy=order, first=7, after=found["pageInfo"]["endCursor"])
    backward, found = [], search(filter=given, orderBy=order, last=7)
    while found["nodes"]:
        backward = numbers(found) + backward
        assert found["pageInfo"]["hasPreviousPage"] == (len(backward) < len(every))
        found = search(filter=given, orderBy=order, last=7, before=found["pageInfo"]["startCursor"])

    # then it is the same
    assert forward == backward == every
    assert numbers(search(filter=given, orderBy=order, at=5, first=3)) == every[5:8]
    assert numbers(search(filter=given, orderBy=order, at=1000)) == []


def test_lengths_order_by_the_words_of_the_text_and_relevance_by_the_search(search):
    lengths = [node["wordCount"] for node in search("here", orderBy="SHORTEST")["nodes"]]
    assert lengths == sorted(lengths)
    assert [node["wordCount"] for node in search("here", orderBy="LONGEST")["nodes"]] == lengths[::-1]
    assert numbers(search("number3 or here", orderBy="RELEVANCE", first=1)) == [3]


def test_only_the_total_can_be_asked_for(shared_api, story):
    given = {"id": global_id("Dataset", story.id), "filter": {"search": "cat"}}
    assert shared_api.ask(TOTAL, **given)["samples"] == {
        "totalCount": len(having(lambda row: "cat" in f"{row['text']} {row['title']}"))
    }
