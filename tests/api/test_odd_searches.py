"""Searches and filters that are not what they should be: each has an answer, and it says what is the matter."""

import pytest

from api.ids import global_id
from domain.adapters.index_damage import report_damaged_index
from domain.adapters.views import dataset_view
from tests.api.client import until
from tests.api.figures import TOKEN_STATISTICS
from tests.api.searchable import ROWS, is_being_indexed, is_indexed, mapped_below, rows, write_documents
from tests.api.stories import begin
from tests.api.test_sample_search import SEARCH, numbers


@pytest.fixture(scope="module")
def story(shared_adapters):
    return is_indexed(begin(shared_adapters).is_ready(rows())).asks_for_tokens()


@pytest.fixture(scope="module")
def look(shared_api):
    def ask(story, filter=None, **given):
        return shared_api.ask(SEARCH, id=global_id("Dataset", story.id), filter=filter, **given)["samples"]

    return ask


def codes(found):
    return [notice["code"] for notice in found["notices"]]


@pytest.mark.parametrize(
    ("text", "searched_as", "code", "total"),
    [
        ("", "", "NO_WORDS", 50),
        ("... !!! \u0301", "", "NO_WORDS", 50),
        ('"the cat', '"the cat"', "LENIENT", 10),
        ("cat or", "cat", "LENIENT", None),
        ("nosuch:cat", '"nosuch cat"', "UNKNOWN_COLUMN", 0),
        ("'; DROP TABLE datasets; --", "drop table datasets", "LENIENT", 0),
        ("(.*[a-z]+)?\\d{3}%", None, "LENIENT", 0),
        ("x " * 100 + "y" * 9_800, None, None, 0),
    ],
)
def test_every_search_is_read_and_the_answer_says_how(look, story, text, searched_as, code, total):
    found = look(story, {"search": text})
    assert code is None or code in codes(found)
    assert searched_as is None or found["searchedAs"] == searched_as
    assert total is None or found["totalCount"] == total
    assert not found["partial"]
    again = look(story, {"search": found["searchedAs"]})
    assert (again["searchedAs"], again["totalCount"]) == (found["searchedAs"], found["totalCount"])
    assert set(codes(again)) <= {"NO_WORDS"}


def where(**predicate):
    return {"filter": {"where": [{"column": "stars", **predicate}]}}


BAD = [
    ({"filter": {"search": "x" * 10_001}}, "filter.search"),
    ({"filter": {"search": " ".join(f"x{number}" for number in range(1_500))}}, "filter.search"),
    ({"filter": {"split": "dev"}}, "filter.split"),
    ({"filter": {"split": "dev", "search": "cat"}}, "filter.split"),
    ({"filter": {"wordCount": {"min": 3, "max": 2}}}, "filter.wordCount"),
    ({"filter": {"tokenCount": {"min": 3}}}, "filter.tokenizationId"),
    ({"filter": {"tokenizationId": "x"}}, "filter.tokenizationId"),
    (where(), "filter.where.0"),
    (where(equals=None), "filter.where.0"),
    (where(equals="three"), "filter.where.0.equals"),
    (where(equals={"a": 1}), "filter.where.0.equals"),
    (where(**{"in": [1, "x"]}), "filter.where.0.in"),
    (where(contains="3"), "filter.where.0.contains"),
    (where(min=3, max=2), "filter.where.0"),
    ({"filter": {"where": [{"column": "nosuch", "equals": 1}]}}, "filter.where.0.column"),
    ({"filter": {"where": [{"column": "deep", "equals": 1}]}}, "filter.where.0.column"),
    ({"filter": {"where": [{"column": "stars", "min": 1}, {"column": "when", "min": "soon"}]}}, "filter.where.1.min"),
    ({"filter": {"where": [{"column": "stars", "min": 1}] * 101}}, "filter.where"),
    ({"filter": {"search": "cat"}, "at": -1}, "at"),
    ({"filter": {"search": "cat"}, "at": 1, "last": 2}, "at"),
    ({"filter": {"search": "cat"}, "after": "x"}, "cursor"),
]


@pytest.mark.parametrize(("given", "field"), BAD, ids=lambda value: str(value)[:60])
def test_what_cannot_be_is_refused_and_the_field_named(shared_api, story, given, field):
    error = shared_api.refused(SEARCH, id=global_id("Dataset", story.id), **given)
    assert error["extensions"]["code"] == "BAD_USER_INPUT"
    assert field in error["message"]


def test_a_tokenization_of_another_dataset_or_one_that_is_not_ready_counts_nothing(shared_api, shared_adapters, story):
    other = begin(shared_adapters).is_ready().asks_for_tokens().is_tokenized()
    for id_, message in ((other.tokenization, "no such"), (story.tokenization, "not ready")):
        given = {"tokenCount": {"min": 1}, "tokenizationId": global_id("Tokenization", id_)}
        error = shared_api.refused(SEARCH, id=global_id("Dataset", story.id), filter=given)
        assert error["extensions"]["code"] == "BAD_USER_INPUT"
        assert message in error["message"]


@pytest.mark.parametrize("is_more", [True, False])
def test_tokens_of_other_rows_than_the_dataset_has_by_now_are_not_counted(api, adapters, is_more):
    # given tokens of a row more, or of a row less, than there are since the data was made again
    story = begin(adapters).is_ready(rows()).asks_for_tokens()
    if is_more:
        write_documents(story.is_tokenized(), {"train": [1] * 31, "test": [1] * 20})
    else:
        counted = {"keptSamples": 40, "filteredSamples": 8, "skippedSamples": 1}
        story.is_tokenized(statistics={**TOKEN_STATISTICS, **counted})

    # then that is said, whatever is asked of them
    for filter_ in ({}, {"tokenCount": {"min": 1}}):
        given = {"tokenizationId": global_id("Tokenization", story.tokenization), **filter_}
        error = api.refused(SEARCH, id=global_id("Dataset", story.id), filter=given)
        assert error["extensions"]["code"] == "BAD_USER_INPUT"
        assert "filter.tokenizationId: The tokenization is of other rows" in error["message"]


def test_a_cursor_belongs_to_what_was_searched_in_which_order_and_where(shared_api, shared_adapters, look, story):
    # given a cursor of a search
    given = {"filter": {"search": "cat", "where": [{"column": "good", "equals": True}]}, "orderBy": "SHORTEST"}
    cursor = look(story, **given, first=1)["pageInfo"]["endCursor"]

    # then it goes on in the same search, however it is spelled
    assert look(story, **given | {"filter": {**given["filter"], "search": " CAT"}}, first=1, after=cursor)["nodes"]

    # and in none other
    other = begin(shared_adapters).is_ready(rows())
    for changed in (
        *({"filter": {**given["filter"], "search": "dog"}}, {"filter": {"search": "cat"}}, {"filter": None}),
        *({"orderBy": "LONGEST"}, {"orderBy": None}, {"id": global_id("Dataset", other.id)}),
        {"filter": {**given["filter"], "split": "train"}},
    ):
        asked = {"id": global_id("Dataset", story.id), **given, "after": cursor, **changed}
        assert shared_api.refused(SEARCH, **asked)["extensions"]["code"] == "BAD_USER_INPUT", changed


def test_a_dataset_that_is_not_ready_says_so(look, shared_adapters):
    found = look(begin(shared_adapters).starts(), {"search": "cat"})
    assert (found["totalCount"], found["nodes"], found["facets"], found["partial"]) == (0, [], None, True)
    assert codes(found) == ["NOT_READY"]
    assert "downloading" in found["notices"][0]["message"]


def test_a_dataset_in_the_trash_is_searched_and_says_so_until_it_is_purged(look, shared_adapters):
    story = is_indexed(begin(shared_adapters).is_ready(rows()))
    before = numbers(look(story, {"search": "dog"}))
    story.is_trashed()
    for given, expected in ({"search": "dog"}, before), (None, list(range(50))):
        found = look(story, given)
        assert (numbers(found), codes(found), found["partial"]) == (expected, ["TRASHED"], False)
    story.is_being_purged()
    found = look(story, {"search": "dog"})
    assert (found["nodes"], codes(found), found["partial"]) == ([], ["TRASHED"], True)


def test_before_there_is_an_index_only_what_needs_none_is_found(look, shared_adapters):
    story = begin(shared_adapters).is_ready(rows())
    found = look(story, {"search": "cat"})
    assert (found["totalCount"], found["partial"], codes(found)) == (0, True, ["NOT_INDEXED"])
    found = look(story, {"where": [{"column": "stars", "equals": 3}], "split": "test"}, first=1)
    assert (found["totalCount"], numbers(found)) == (3, [33])
    assert look(story)["totalCount"] == 50


def test_while_the_first_index_is_built_its_finished_parts_are_searched(look, shared_adapters):
    # given a dataset whose index is in the making
    story = begin(shared_adapters).is_ready(rows())
    done = is_being_indexed(story, parts=3)

    # when it is searched
    found = look(story, {"search": "here"}, first=100)

    # then all rows of the finished parts are found, and how much that is is said
    assert numbers(found) == list(range(done[-1]["stop"]))
    assert 0 < found["totalCount"] < ROWS["train"]
    assert (found["partial"], codes(found)) == (True, ["INDEX_BUILDING"])
    assert f"{done[-1]['stop'] * 2} %" in found["notices"][0]["message"]


def test_an_index_that_is_being_built_is_told_from_none_before_its_first_part_is_done(look, shared_adapters):
    story = begin(shared_adapters).is_ready(rows()).asks_for_an_index()
    found = look(story, {"search": "cat"})
    assert (found["totalCount"], found["partial"], codes(found)) == (0, True, ["INDEX_BUILDING"])
    assert "covers 0 %" in found["notices"][0]["message"]


@pytest.mark.parametrize("damage", ["missing", "shorter", "gone"])
def test_a_damaged_index_is_built_again_and_the_answer_says_so(look, shared_adapters, damage):
    # given an index of which something was lost
    story = is_indexed(begin(shared_adapters).is_ready(rows()))
    folder = shared_adapters.storage / dataset_view(shared_adapters.engine, [story.id])[story.id]["index_folder"]
    largest = max(folder.glob("part-*/**/*"), key=lambda path: path.is_file() and path.stat().st_size)
    if damage == "gone":
        folder.rename(folder.with_name("elsewhere"))
    elif damage == "missing":
        largest.unlink()
    else:
        content = largest.read_bytes()
        largest.unlink()
        largest.write_bytes(content[:-1])

    # when it is searched
    found = look(story, {"search": "cat"})

    # then the answer is no error, says what is the matter, and the index is being built again
    assert found["partial"]
    assert codes(found) == ["INDEX_DAMAGED", "INDEX_BUILDING"]
    row = dataset_view(shared_adapters.engine, [story.id])[story.id]
    assert (row["index_status"], row["index_folder"]) == ("BUILDING", None)
    assert look(story)["totalCount"] == 50, "rows are there all the same"


def test_an_index_that_is_replaced_while_it_is_searched_loses_no_answer(look, shared_adapters):
    story = is_indexed(begin(shared_adapters).is_ready(rows()))
    wanted = numbers(look(story, {"search": "cat"}))
    for _ in range(2):
        old = dataset_view(shared_adapters.engine, [story.id])[story.id]["index_folder"]
        is_indexed(story)
        folder = shared_adapters.storage / old
        folder.rename(folder.with_name("removed" + folder.name))
        found = look(story, {"search": "cat"})
        assert (numbers(found), found["partial"], found["notices"]) == (wanted, False, [])
        report_damaged_index(shared_adapters, story.id, old)
        assert dataset_view(shared_adapters.engine, [story.id])[story.id]["index_status"] == "READY"


def test_what_was_searched_is_let_go_of_before_it_is_removed(serve, adapters):
    story = is_indexed(begin(adapters).is_ready(rows()))
    with serve() as served:
        given = {"id": global_id("Dataset", story.id), "filter": {"search": "cat"}, "orderBy": "RELEVANCE"}
        assert served.client.ask(SEARCH, **given)["samples"]["nodes"]
        assert mapped_below(f"/{story.id}/index")
        story.is_being_purged()
        until(lambda: not mapped_below(f"/{story.id}/"))
