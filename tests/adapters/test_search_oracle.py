"""A search finds the rows, totals, orders and facets that a look at every row finds."""

import math
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from random import Random
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.adapters.found_samples import Found
from domain.adapters.sample_search import find_samples
from domain.adapters.samples import SampleFolder
from domain.adapters.samples_wanted import PageWanted, Predicate, SampleOrder, SamplesWanted
from domain.adapters.search_indexes import SearchIndex
from domain.adapters.search_query import parse
from domain.adapters.searched import Searched
from domain.adapters.token_lengths import UNKNOWN_TOKENS
from domain.adapters.wanted import Between
from tests.adapters.naive_search import Asked, Sample, Sought, Wanted, histogram
from tests.workers.indexes import build_index, write_texts

COLUMNS = {
    "text": pa.string(),
    "title": pa.string(),
    "stars": pa.int8(),
    "score": pa.float64(),
    "price": pa.decimal128(6, 2),
    "day": pa.date32(),
    "at": pa.timestamp("us", "UTC"),
    "is_good": pa.bool_(),
    "tags": pa.list_(pa.string()),
}
PIECES = [
    *("the", "of", "a", "in") * 6,
    *("water", "Fire", "salt", "STRASSE", "straße", "water", "waterfall", "or", "fresh water", "salt of the sea"),
    *("a/b", "<x>", "https://example.org/a?b=c", "Jane.Doe@example.org", "e-mail", "12:30", "C++", "snake_case"),
    *(
        "日本語の本",
        "日本",
        "本",
        "abc日本def",
        "中国",
        "한국어",
        "cafe\u0301",
        "caf\u00e9",
        "\u0130stanbul",
        "😀",
        "x😀y",
    ),
]
LAST_OF_LONGEST = "zuletzt ende"
ROWS = {"train": 230, "none": 0, "test": 130}


def row(random: Random) -> dict[str, Any]:
    """Values of all columns, each null at times."""
    values: dict[str, Any] = {
        "text": " ".join(random.choices(PIECES, k=random.choice([0, 1, 2, 3, 5, 8, 20]))),
        "title": " ".join(random.choices(PIECES, k=random.randrange(3))),
        "stars": random.randrange(-3, 4),
        "score": random.choice([float("nan"), float("inf"), 0.0, 0.5, -1.25]),
        "price": Decimal(random.randrange(-300, 300)) / 100,
        "day": date(2024, 1, random.randrange(1, 29)),
        "at": datetime(2024, 1, 1, random.randrange(24), tzinfo=UTC),
        "is_good": random.random() < 0.5,
        "tags": random.choices(PIECES, k=2),
    }
    return {name: None if random.random() < 0.1 else value for name, value in values.items()}


@dataclass(frozen=True)
class Indexed:
    """What is searched, and all of its rows as a look at each has them."""

    searched: Searched
    samples: list[Sample]


@pytest.fixture(scope="module")
def indexed(tmp_path_factory: pytest.TempPathFactory) -> Indexed:
    place, random = tmp_path_factory.mktemp("oracle"), Random(6)
    rows = {split: [row(random) for _ in range(count)] for split, count in ROWS.items()}
    filler = " ".join(f"filler{number % 400}" for number in range(180_000))
    assert len(filler) > 1_700_000
    rows["train"][40]["text"] = f"water {filler} 中国 {filler[:300_000]} {LAST_OF_LONGEST}"
    tokens = {
        split: np.array(random.choices([*range(40), UNKNOWN_TOKENS], k=n), np.uint32) for split, n in ROWS.items()
    }
    schema = pa.schema(COLUMNS)
    folder = write_texts(place / "data", {split: pa.Table.from_pylist(rows[split], schema) for split in rows})
    build_index(folder, place / "index-1-1", ["text", "title"], sum(ROWS.values()), part_bytes=2_500)
    index = SearchIndex.open(place / "index-1-1")
    assert len(index.parts) > 5
    samples = [
        Sample(split, number, values, None if counted == UNKNOWN_TOKENS else int(counted))
        for split, of_split in rows.items()
        for number, (values, counted) in enumerate(zip(of_split, tokens[split], strict=True))
    ]
    return Indexed(Searched(SampleFolder(folder), list(ROWS.items()), index, tokens.get), samples)


WORDS = sorted(
    {piece for piece in PIECES if any(map(str.isalnum, piece))} | {"wat", "本語", "語 の", "def 中", LAST_OF_LONGEST}
)
SOUGHT = st.builds(
    Sought,
    words=st.sampled_from(WORDS),
    is_prefix=st.sampled_from([False, False, True]),
    column=st.sampled_from([None, None, "text", "title"]),
    is_negated=st.sampled_from([False, False, True]),
)
SEARCHES = st.lists(st.lists(SOUGHT, min_size=1, max_size=3), max_size=2)
COUNTS = st.none() | st.integers(0, 30)
BOUNDS = st.tuples(COUNTS, COUNTS).filter(lambda pair: None in pair or pair[0] <= pair[1])
ANY_BOUNDS = st.sampled_from([(None, None)]) | BOUNDS


def asked(column: str, values: list[Any], *operations: str) -> st.SearchStrategy[Asked]:
    one = st.builds(Asked, st.just(column), st.sampled_from(["equals", *operations]), st.sampled_from(values))
    some = st.builds(Asked, st.just(column), st.just("one_of"), st.lists(st.sampled_from(values), max_size=3))
    return one | some | st.builds(Asked, st.just(column), st.just("is_null"), st.booleans())


PREDICATES = st.one_of(
    asked("title", ["", "water", "of", "日本"], "least", "most", "contains"),
    asked("text", [" water ", "a/b", " of ", "r of w", "中国 ", "r 日本 ", "water"], "contains"),
    asked("stars", [-3, 0, 2, 300], "least", "most"),
    asked("score", [0.5, 0, -1.25, 1e300], "least", "most"),
    asked("price", [Decimal("1.10"), Decimal(0), Decimal("-2.999")], "least", "most"),
    asked("day", [date(2024, 1, 7), date(2024, 1, 20)], "least", "most"),
    asked("at", [datetime(2024, 1, 1, 5, tzinfo=UTC), datetime(2024, 1, 1, 20, 0, 1, tzinfo=UTC)], "least", "most"),
    asked("is_good", [True, False]),
)
WANTED = st.builds(
    Wanted,
    search=SEARCHES,
    split=st.sampled_from([None, None, "train", "none", "test"]),
    words=ANY_BOUNDS,
    tokens=ANY_BOUNDS,
    where=st.lists(PREDICATES, max_size=2),
)


def as_json(value: Any) -> Any:
    if isinstance(value, list):
        return [as_json(each) for each in value]
    return value.isoformat() if isinstance(value, date) else str(value) if isinstance(value, Decimal) else value


def found(indexed: Indexed, wanted: Wanted) -> Found:
    text = " or ".join(" ".join(each.spelled() for each in terms) for terms in wanted.search)
    understood = parse(text, ["text", "title"])
    where = [Predicate(each.column, **{each.operation: as_json(each.value)}) for each in wanted.where]
    asked_for = SamplesWanted(
        wanted.split, understood.query, Between(*wanted.words), Between(*wanted.tokens), where=where
    )
    return find_samples(indexed.searched, asked_for, deadline=math.inf)


ORDERS = {
    SampleOrder.ROW: lambda sample: 0,
    SampleOrder.SHORTEST: lambda sample: sample.words,
    SampleOrder.LONGEST: lambda sample: -sample.words,
}


@pytest.mark.slow
@given(wanted=WANTED, at=st.integers(0, 200), limit=st.integers(1, 30))
@settings(max_examples=200, derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_a_search_finds_what_a_look_at_every_row_finds(indexed: Indexed, wanted: Wanted, at: int, limit: int) -> None:
    result = found(indexed, wanted)
    expected = [sample for sample in indexed.samples if sample.is_wanted(wanted)]
    assert (result.total, list(result.notices), result.partial) == (len(expected), [], False)
    for order, key in ORDERS.items():
        rows = [(sample.split, sample.index) for sample in sorted(expected, key=key)]
        assert [(place.split, place.index) for places in result.places(order) for place in places] == rows
        check_pages(result, order, rows, at, limit)
    facets = result.facets()
    assert facets.splits == [(split, sum(sample.split == split for sample in expected)) for split in ROWS]
    bins = [(each["from"], each["to"], each["count"]) for each in facets.lengths]
    assert bins == histogram([sample.words for sample in expected])


def check_pages(result: Found, order: SampleOrder, rows: list[tuple[str, int]], at: int, limit: int) -> None:
    """A page by its number, the one behind its last row, and the one before its first."""
    page = result.page(PageWanted(order, limit, at=at))
    assert [(sample.row.split, sample.row.index) for sample in page.samples] == rows[at : at + limit]
    assert (page.has_next, page.has_previous) == (at + limit < len(rows), bool(rows) and at > 0)
    if not page.samples:
        return
    after = result.page(PageWanted(order, limit, after=page.samples[-1].place))
    assert [(each.row.split, each.row.index) for each in after.samples] == rows[at + limit : at + 2 * limit]
    before = result.page(PageWanted(order, limit, before=page.samples[0].place, backward=True))
    assert [(each.row.split, each.row.index) for each in before.samples] == rows[max(0, at - limit) : at]


def test_a_page_has_the_values_words_and_tokens_of_its_rows(indexed: Indexed) -> None:
    page = found(indexed, Wanted()).page(PageWanted(SampleOrder.LONGEST, 400))
    assert len(page.samples) == len(indexed.samples)
    by_place = {(sample.split, sample.index): sample for sample in indexed.samples}
    for each in page.samples:
        sample = by_place[each.row.split, each.row.index]
        assert (each.row.values["text"], each.words, each.tokens) == (sample.row["text"], sample.words, sample.tokens)


def test_the_last_words_of_the_longest_text_are_found(indexed: Indexed) -> None:
    result = found(indexed, Wanted(search=[[Sought(LAST_OF_LONGEST)]]))
    assert [(place.split, place.index) for places in result.places(SampleOrder.ROW) for place in places] == [
        ("train", 40)
    ]
