"""What a search could not look at is said; pages, orders and facets stay true to what it could."""

import math
from concurrent.futures import ThreadPoolExecutor
from random import Random

import numpy as np
import pyarrow as pa
import pytest

from domain.adapters.found_rows import FoundRows
from domain.adapters.found_samples import Found
from domain.adapters.relevance import ByRelevance
from domain.adapters.row_ranges import row_ranges
from domain.adapters.sample_search import find_samples
from domain.adapters.samples import SampleFolder
from domain.adapters.samples_wanted import NoticeCode, PageWanted, Place, Predicate, SampleOrder, SamplesWanted
from domain.adapters.search_indexes import SearchIndex
from domain.adapters.search_parts import SearchPart
from domain.adapters.search_query import parse
from domain.adapters.searched import Searched
from domain.adapters.wanted import Between
from domain.errors import ErrorCode, Refused
from tests.workers.indexes import build_index, write_texts

ROWS = {"train": 400, "test": 100}
WORDS = ["water"] * 3 + ["fire"] * 5 + ["salt"] * 8 + ["sea"] * 20
RANDOM = Random(3)
TEXTS = {
    split: [" ".join(RANDOM.choices(WORDS, k=RANDOM.randrange(1, 9))) for _ in range(n)] for split, n in ROWS.items()
}
STARS = {split: [number % 5 for number in range(n)] for split, n in ROWS.items()}
ALL = [(split, number) for split, count in ROWS.items() for number in range(count)]
PAST = 0.0


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """There is time for a search, however busy the machine is, but where a test says otherwise."""
    monkeypatch.setattr("domain.adapters.sample_search.SEARCH_SECONDS", 600.0)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Searched:
    """A dataset that is indexed in several parts."""
    place = tmp_path_factory.mktemp("searched")
    tables = {split: pa.table({"text": TEXTS[split], "stars": STARS[split]}) for split in ROWS}
    folder = write_texts(place / "data", tables)
    build_index(folder, place / "index-1-1", ["text"], len(ALL), part_bytes=5_000)
    index = SearchIndex.open(place / "index-1-1")
    assert [part.split for part in index.parts].count("train") > 1
    return Searched(SampleFolder(folder), list(ROWS.items()), index)


def half(whole: Searched) -> Searched:
    """While the index is built: its first part is there."""
    assert whole.index
    return Searched(whole.samples, whole.splits, SearchIndex([SearchPart(whole.index.parts[0].folder)], rows=len(ALL)))


def without(whole: Searched) -> Searched:
    return Searched(whole.samples, whole.splits)


def wanted(search: str, **asked: object) -> SamplesWanted:
    return SamplesWanted(query=parse(search, ["text"]).query, **asked)  # type: ignore[arg-type]


def places(found: Found, order: SampleOrder = SampleOrder.ROW) -> list[tuple[str, int]]:
    return [(place.split, place.index) for some in found.places(order) for place in some]


def codes(found: Found) -> list[NoticeCode]:
    assert found.partial == bool(found.notices)
    return [notice.code for notice in found.notices]


def having(word: str) -> list[tuple[str, int]]:
    return [(split, number) for split, number in ALL if word in TEXTS[split][number].split()]


def test_an_index_that_is_being_built_is_searched_as_far_as_it_goes_and_says_so(whole: Searched) -> None:
    searched = half(whole)
    assert searched.index
    reached = searched.index.parts[0].stop
    for search in (wanted("water"), wanted("-water"), SamplesWanted(word_count=Between(2, None))):
        found, all_of_it = find_samples(searched, search), find_samples(whole, search)
        assert places(found) == [(split, row) for split, row in places(all_of_it) if split == "train" and row < reached]
        assert codes(found) == [NoticeCode.INDEX_BUILDING]
        assert f"covers {int(reached / 5 * 10) / 10:g} % of the rows" in found.notices[0].message


def test_without_an_index_what_needs_it_covers_nothing_and_says_so(whole: Searched) -> None:
    found = find_samples(without(whole), wanted("water"))
    assert (found.total, codes(found)) == (0, [NoticeCode.NOT_INDEXED])
    assert "covers 0 % of the rows" in found.notices[0].message
    page = found.page(PageWanted(SampleOrder.RELEVANCE))
    assert (page.samples, page.has_next, page.has_previous) == ([], False, False)


def test_without_an_index_filters_on_columns_are_whole(whole: Searched) -> None:
    found = find_samples(without(whole), SamplesWanted(where=[Predicate("stars", equals=3)]))
    assert places(found) == [(split, number) for split, number in ALL if number % 5 == 3]
    assert codes(found) == []


@pytest.mark.parametrize("order", [SampleOrder.SHORTEST, SampleOrder.LONGEST])
def test_rows_that_are_not_indexed_come_last_in_an_order_by_length_and_that_is_said(
    whole: Searched, order: SampleOrder
) -> None:
    searched = half(whole)
    assert searched.index
    reached = searched.index.parts[0].stop
    sign = -1 if order is SampleOrder.LONGEST else 1
    known = sorted(ALL[:reached], key=lambda place: sign * len(TEXTS[place[0]][place[1]].split()))
    found = find_samples(searched, SamplesWanted())
    assert places(found, order) == [*known, *ALL[reached:]]
    page = found.page(PageWanted(order, 4, at=reached - 2))
    assert [sample.words is None for sample in page.samples] == [False, False, True, True]
    assert [notice.code for notice in page.notices] == [NoticeCode.INDEX_BUILDING]
    after = found.page(PageWanted(order, 1, after=page.samples[2].place))
    assert [sample.place for sample in after.samples] == [page.samples[3].place]
    facets = found.facets()
    assert sum(each["count"] for each in facets.lengths) == reached
    assert [notice.code for notice in facets.notices] == [NoticeCode.INDEX_BUILDING]


def test_past_the_deadline_nothing_more_is_looked_at_and_that_is_said(whole: Searched) -> None:
    for search in (wanted("water"), SamplesWanted(where=[Predicate("stars", equals=3)])):
        found = find_samples(whole, search, deadline=PAST)
        assert (found.total, codes(found)) == (0, [NoticeCode.TIMED_OUT])


def test_rows_that_were_not_ranked_in_time_come_by_row(whole: Searched) -> None:
    query = parse("water", []).query
    assert query
    ranges = row_ranges(whole.splits, whole.index)
    rows = FoundRows(ranges, [each.part.found(query.alternatives[0][0]) for each in ranges if each.part])
    order = ByRelevance(rows, query, deadline=PAST)
    spots = order.spots(0, 1_000)
    assert [(spot.place.split, spot.place.index) for spot in spots] == having("water")
    assert order.not_ranked == len(spots)
    assert order.count_before(spots[7].place, with_it=True) == 8


def test_rows_whose_tokens_are_not_known_lie_within_no_bounds(whole: Searched) -> None:
    counts = {"train": np.full(400, 7, np.uint32), "test": None}
    searched = Searched(whole.samples, whole.splits, whole.index, counts.get)
    found = find_samples(searched, SamplesWanted(token_count=Between(0, 2**40)))
    assert places(found) == [(split, number) for split, number in ALL if split == "train"]
    assert codes(found) == [NoticeCode.TOKENS_UNKNOWN]
    assert "known for 80 % of the rows" in found.notices[0].message
    assert [sample.tokens for sample in found.page(PageWanted(limit=2)).samples] == [7, 7]


def by_the_book(search: list[str], number: int, average: float) -> float:
    """BM25 (k1 = 1.2, b = 0.75) of a row, in a part with this average of words."""
    texts = [TEXTS[split][row].split() for split, row in ALL]
    score = 0.0
    for word in search:
        held = sum(word in text for text in texts)
        rarity = math.log(1 + (len(texts) - held + 0.5) / (held + 0.5))
        count = texts[number].count(word)
        score += rarity * count * 2.2 / (count + 1.2 * (0.25 + 0.75 * len(texts[number]) / average))
    return score


@pytest.mark.parametrize("search", ["water", "water fire", "water or fire or salt", "fire -salt"])
def test_relevance_is_bm25_and_every_row_has_its_place(whole: Searched, search: str) -> None:
    assert whole.index
    parts, words = whole.index.parts, [word for word in search.split() if word != "or" and word[0] != "-"]
    found = find_samples(whole, wanted(search))
    page = found.page(PageWanted(SampleOrder.RELEVANCE, len(ALL)))
    ranked = []
    for sample in page.samples:
        part = next(p for p in parts if p.split == sample.row.split and p.start <= sample.row.index < p.stop)
        number = ALL.index((sample.row.split, sample.row.index))
        assert sample.place.rank == pytest.approx(by_the_book(words, number, part.words.mean()), rel=1e-4)
        assert sample.place.rank is not None
        ranked.append((-sample.place.rank, number))
    assert ranked == sorted(ranked)
    assert sorted(number for _, number in ranked) == [ALL.index(place) for place in places(found)]


def test_pages_by_relevance_meet_wherever_they_begin(whole: Searched) -> None:
    found = find_samples(whole, wanted("sea"))
    ranked = places(found, SampleOrder.RELEVANCE)
    assert len(ranked) > 300
    for at in (0, 37, 290):
        fresh = find_samples(whole, wanted("sea"))
        page = fresh.page(PageWanted(SampleOrder.RELEVANCE, 20, at=at))
        assert [(sample.row.split, sample.row.index) for sample in page.samples] == ranked[at : at + 20]
        again = find_samples(whole, wanted("sea"))
        after = again.page(PageWanted(SampleOrder.RELEVANCE, 20, after=page.samples[-1].place))
        assert [(sample.row.split, sample.row.index) for sample in after.samples] == ranked[at + 20 : at + 40]
        before = again.page(PageWanted(SampleOrder.RELEVANCE, 20, before=page.samples[0].place, backward=True))
        assert [(sample.row.split, sample.row.index) for sample in before.samples] == ranked[max(at - 20, 0) : at]


def test_a_filter_leaves_the_order_of_relevance_as_it_is(whole: Searched) -> None:
    everything = places(find_samples(whole, wanted("sea")), SampleOrder.RELEVANCE)
    few = find_samples(whole, wanted("sea", where=[Predicate("stars", equals=2)], word_count=Between(None, 3)))
    left = set(places(few))
    assert places(few, SampleOrder.RELEVANCE) == [place for place in everything if place in left]
    assert 0 < few.total < len(everything) / 5


def test_without_a_search_relevance_is_the_order_of_rows(whole: Searched) -> None:
    assert places(find_samples(whole, SamplesWanted()), SampleOrder.RELEVANCE) == ALL


@pytest.mark.parametrize(
    ("asked", "path", "message"),
    [
        (SamplesWanted(split="dev"), ("split",), r"no split 'dev'\. Splits: train, test"),
        (SamplesWanted(word_count=Between(3, 2)), ("wordCount",), "least, 3, is above the most, 2"),
        (SamplesWanted(token_count=Between(3, 2)), ("tokenCount",), "least, 3, is above the most, 2"),
        (SamplesWanted(token_count=Between(3, None)), ("tokenCount",), "name one"),
        (
            SamplesWanted(where=[Predicate("stars", is_null=True), Predicate("x", equals=1)]),
            ("where", "1", "column"),
            "'x'",
        ),
    ],
)
def test_what_cannot_be_asked_is_refused_and_names_its_field(
    whole: Searched, asked: SamplesWanted, path: tuple[str, ...], message: str
) -> None:
    with pytest.raises(Refused, match=message) as refused:
        find_samples(whole, asked)
    assert (refused.value.code, refused.value.path) == (ErrorCode.INVALID_INPUT, path)


PLACE = Place("train", 0)


@pytest.mark.parametrize(
    "page",
    [
        PageWanted(at=-1),
        PageWanted(at=0, after=PLACE),
        PageWanted(at=0, before=PLACE),
        PageWanted(at=0, backward=True),
        PageWanted(after=Place("train", 400)),
        PageWanted(before=Place("dev", 0)),
    ],
)
def test_a_page_that_cannot_be_is_refused(whole: Searched, page: PageWanted) -> None:
    with pytest.raises(Refused):
        find_samples(whole, SamplesWanted()).page(page)


def test_a_place_that_was_not_found_still_parts_the_rows_before_it_from_those_behind(whole: Searched) -> None:
    found = find_samples(whole, SamplesWanted(where=[Predicate("stars", equals=3)]))
    for order in (SampleOrder.ROW, SampleOrder.SHORTEST, SampleOrder.RELEVANCE):
        rows = places(found, order)
        page = found.page(PageWanted(order, 5, after=Place("train", 200)))
        behind = [(sample.row.split, sample.row.index) for sample in page.samples]
        assert behind == rows[rows.index(behind[0]) :][:5]
    assert [sample.row.index for sample in found.page(PageWanted(limit=2, after=Place("train", 200))).samples] == [
        203,
        208,
    ]


def test_searches_at_once_find_what_each_finds_alone(whole: Searched) -> None:
    searches = ["water", "fire -salt", "wat* or sea", '"sea sea"', "salt water fire", "-sea"] * 4

    def ranked(search: str) -> list[tuple[str, int]]:
        return places(find_samples(whole, wanted(search)), SampleOrder.RELEVANCE)

    alone = [ranked(search) for search in searches]
    with ThreadPoolExecutor(4) as threads:
        assert list(threads.map(ranked, searches)) == alone


def test_a_dataset_without_rows_answers_with_nothing(whole: Searched) -> None:
    found = find_samples(Searched(whole.samples, []), SamplesWanted())
    assert (found.total, found.facets().splits, codes(found)) == (0, [], [])
    assert found.page(PageWanted(SampleOrder.LONGEST, backward=True)).samples == []
