"""Which rows of a part hold what is looked for: what a look at each text by itself says."""

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.adapters.search_bits import Bits
from domain.adapters.search_indexes import SearchIndex
from domain.adapters.search_parts import SearchPart
from domain.adapters.search_terms import Query, Term
from domain.adapters.search_words import Word, found_words
from tests.workers.indexes import build_index, write_texts

TEXTS: list[str | None] = [
    "The cat sat on the mat",
    "either a/b or <x> of https://example.org/a?b=c",
    "write to Jane.Doe@example.org, STRASSE or Straße",
    "日本語の本を読む abc日本def 日本 中国",
    "本 日 本日",
    "cafe\u0301 caf\u00e9 e\u0301 \u0130stanbul i\u0307",
    "\U0001f600 smile\U0001f600smile \U0001f468\u200d\U0001f469",
    "w" * 41 + " " + "x" * 70_001 + " y",
    "x" * 70_002,
    "nul\0nul\0",
    "",
    None,
    " \n\t!",
    "한국어 문장 한 국",
    "the the the, of the cat; of a cat in the cat",
    "snake_case cat's 1,000 ½ ²",
]
TITLES = ["Cat", None, "the end", *[f"title {number % 3}" for number in range(len(TEXTS) - 3)]]


def naive(text: str | None, term: Term) -> bool:
    """Whether words of a text, one after the other, are those of the term."""
    found = [each.word for each in found_words(text or "")]
    size = len(term.words)
    return any(_matches(found[at : at + size], term) for at in range(len(found) - size + 1))


def _matches(found: Sequence[Word], term: Term) -> bool:
    last = len(term.words) - 1
    return all(
        _matches_word(
            word, wanted, is_first=place == 0, is_last=place == last, is_open=term.is_prefix and place == last
        )
        for place, (word, wanted) in enumerate(zip(found, term.words, strict=True))
    )


def _matches_word(word: Word, wanted: Word, *, is_first: bool, is_last: bool, is_open: bool) -> bool:
    if word.is_cjk != wanted.is_cjk:
        return False
    if not word.is_cjk:
        return word.text.startswith(wanted.text) if is_open else word.text == wanted.text
    if is_first and is_last:
        return wanted.text in word.text
    if is_first:
        return word.text.endswith(wanted.text)
    return word.text.startswith(wanted.text) if is_last else word.text == wanted.text


def rows_in(bits: Bits, rows: int) -> list[int]:
    assert not np.unpackbits(bits, bitorder="little")[rows:].any()
    return np.flatnonzero(np.unpackbits(bits, bitorder="little")[:rows]).tolist()


def term_of(text: str, **asked: bool | str | None) -> Term:
    return Term([found.word for found in found_words(text)], **asked)


# So many rows that words are frequent, and that few of them have codes.
REPEATED = 40
COLUMNS = {"text": TEXTS * REPEATED, "title": TITLES * REPEATED}


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> SearchIndex:
    place = tmp_path_factory.mktemp("index")
    few = {"text": TEXTS, "title": TITLES}
    folder = write_texts(place / "data", {"few": few, "none": {"text": [], "title": []}, "many": COLUMNS})
    build_index(folder, place / "index-1-1", ["text", "title"], (REPEATED + 1) * len(TEXTS))
    return SearchIndex.open(place / "index-1-1")


def of_split(index: SearchIndex, split: str) -> SearchPart:
    (part,) = [part for part in index.parts if part.split == split]
    return part


def naive_rows(part: SearchPart, term: Term) -> list[int]:
    columns = [term.column] if term.column else ["text", "title"]
    found = [row for row in range(len(TEXTS)) if any(naive(COLUMNS[name][row], term) for name in columns)]
    return [row + start for start in range(0, part.rows, len(TEXTS)) for row in found]


KNOWN = sorted({each.word.text[:12] for text in TEXTS for each in found_words(text or "")})
PIECES = st.sampled_from([*KNOWN, *"本日中国한ctx", "語の", "ca", "xx", "example org", "of the", "the cat"])
SEARCHES = st.lists(PIECES, min_size=1, max_size=4).map(" ".join)


@pytest.mark.slow
@given(SEARCHES, st.booleans(), st.sampled_from([None, "text", "title"]), st.sampled_from(["few", "many"]))
@settings(max_examples=300, deadline=None)
def test_rows_are_those_that_a_look_at_each_text_finds(
    index: SearchIndex, text: str, is_prefix: bool, column: str | None, split: str
) -> None:
    part, term = of_split(index, split), term_of(text, is_prefix=is_prefix, column=column)
    wanted = naive_rows(part, term)
    assert rows_in(part.having(term), part.rows) == wanted
    found = part.found(term)
    assert found.count == len(wanted)  # before the rows are told
    assert rows_in(found.bits, part.rows) == wanted


@pytest.mark.slow
@given(st.lists(st.lists(st.tuples(SEARCHES, st.booleans(), st.booleans()), max_size=3), max_size=2))
@settings(max_examples=100, deadline=None)
def test_the_best_rows_are_those_of_the_search(
    index: SearchIndex, alternatives: list[list[tuple[str, bool, bool]]]
) -> None:
    part = of_split(index, "few")
    terms = [[term_of(text, is_prefix=p, is_negated=n) for text, p, n in each] for each in alternatives]
    expected = set()
    for each in terms:
        found = set(range(part.rows))
        for term in each:
            found = found - {*naive_rows(part, term)} if term.is_negated else found & {*naive_rows(part, term)}
        expected |= found
    rows, scores = part.best(Query(terms), part.rows)
    assert sorted(rows.tolist()) == sorted(expected)
    assert scores.tolist() == sorted(scores.tolist(), reverse=True)


@pytest.mark.parametrize("split", ["few", "many"])
@pytest.mark.parametrize(
    ("text", "is_prefix"),
    [
        ("x" * 70_001, False),
        ("x" * 70_002, False),
        ("x" * 65_000, False),
        ("x" * 59_000, True),
        ("w" * 41 + " " + "x" * 70_001, False),
        ("x" * 70_001 + " y", True),
        ("w" * 41, True),
    ],
)
def test_words_of_any_length_are_found(index: SearchIndex, split: str, text: str, is_prefix: bool) -> None:
    part, term = of_split(index, split), term_of(text, is_prefix=is_prefix)
    assert rows_in(part.having(term), part.rows) == naive_rows(part, term)
