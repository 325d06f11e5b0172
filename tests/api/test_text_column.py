"""Another column is made the text of a dataset: what is told of its text is told of that column, at once."""

import pytest

from tests.api.operations import describe
from tests.api.searchable import is_being_indexed, is_indexed, rows
from tests.api.stories import begin

SHOWN = """
query ($id: ID!, $filter: SampleFilter, $order: SampleOrder) {
  dataset(id: $id) {
    textColumn statistics { wordCount } searchIndex { status coverage }
    samples(first: 3, filter: $filter, orderBy: $order) {
      totalCount partial nodes { index text wordCount } notices { code } facets { lengths { count } }
    }
  }
}"""
HISTORY = "query ($id: ID!) { dataset(id: $id) { history { events { type summary } } } }"


@pytest.fixture
def story(adapters):
    return is_indexed(begin(adapters).is_ready(rows()))


def choose(api, story, column, **given):
    return describe(api, story.id, textColumn=column, **given)


def shown(api, answer, **asked):
    return api.ask(SHOWN, id=answer["dataset"]["id"], **asked)


def test_text_and_word_count_are_of_the_column_from_the_answer_on_and_figures_of_no_other(api, story):
    answer = choose(api, story, "title", notes="Read by its titles.")
    assert answer["errors"] == []
    now = shown(api, answer)
    assert (now["textColumn"], now["statistics"]) == ("title", None)
    assert now["searchIndex"] == {"status": "BUILDING", "coverage": 0}
    samples = now["samples"]["nodes"]
    assert [(each["text"], each["wordCount"]) for each in samples] == [
        *(("", 0), ("Title 1: mouse", 3), ("Title 2: mouse", 3)),
    ]
    told = api.ask(HISTORY, id=answer["dataset"]["id"])["history"]["events"]
    assert [event["summary"] for event in told[-3:]] == [
        "Notes were written",
        "title was made the text column; its words are counted anew",
        "Indexing of the text begins anew with another text column",
    ]


def test_lengths_of_the_former_column_are_not_filtered_sorted_or_counted_by(api, story):
    answer = choose(api, story, "title")
    for asked in ({"filter": {"wordCount": {"min": 5}}}, {"filter": {"search": "cat"}}):
        found = shown(api, answer, **asked)["samples"]
        assert (found["totalCount"], found["partial"]) == (0, True)
    longest = shown(api, answer, order="LONGEST")["samples"]
    assert (longest["totalCount"], longest["partial"]) == (50, True)
    assert all(each["wordCount"] in (0, 3) for each in longest["nodes"])
    assert sum(bin["count"] for bin in longest["facets"]["lengths"]) == 0


@pytest.mark.parametrize(
    ("column", "code", "kind"),
    [
        ("headline", "COLUMN_NOT_FOUND", "InvalidInputError"),
        ("stars", "COLUMN_NOT_TEXT", "InvalidInputError"),
        ("deep", "COLUMN_NOT_TEXT", "InvalidInputError"),
        (None, "INVALID_INPUT", "InvalidInputError"),
        ("", "COLUMN_NOT_FOUND", "InvalidInputError"),
        ("x" * 1_000, "INVALID_INPUT", "InvalidInputError"),
    ],
)
def test_a_column_that_is_no_text_is_refused_with_those_that_are(api, story, column, code, kind):
    answer = choose(api, story, column, name="Other")
    (error,) = answer["errors"]
    assert (error["code"], error["path"], error["__typename"]) == (code, ["textColumn"], kind)
    if code != "INVALID_INPUT":
        assert "text, title" in error["message"]
    assert api.ask("{ datasets { nodes { name textColumn } } }")["nodes"] == [
        {"name": "acme/english", "textColumn": "text"}
    ]


def test_a_dataset_that_is_not_ready_has_its_text_column_yet_to_come(api, adapters):
    (error,) = choose(api, begin(adapters), "text")["errors"]
    assert (error["code"], error["path"]) == ("NOT_READY", ["textColumn"])


def test_parts_of_the_index_that_was_being_built_before_are_not_searched_on(api, adapters):
    story = begin(adapters).is_ready(rows())
    is_being_indexed(story, 1)
    answer = choose(api, story, "title")
    assert shown(api, answer)["searchIndex"]["coverage"] == 0
    assert shown(api, answer, filter={"search": "cat"})["samples"]["totalCount"] == 0
