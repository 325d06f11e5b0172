"""Which rows of a part hold what is looked for: what a look at each text by itself says."""

from collections.abc import Iterator, Sequence

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


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SearchIndex]:
    place = tmp_path_factory.mktemp("index")
    columns = {"text": TEXTS, "title": TITLES}
    folder = write_texts(place / "data", {"train": columns, "none": {"text": [], "title": []}, "test": columns})
    build_index(folder, place / "index-1-1", ["text", "title"], 2 * len(TEXTS))
    return SearchIndex.open(place / "index-1-1")


def of_split(index: SearchIndex, split: str) -> SearchPart:
    (part,) = [part for part in index.parts if part.split == split]
    return part


KNOWN = sorted({each.word.text[:12] for text in TEXTS for each in found_words(text or "")})
PIECES = st.sampled_from([*KNOWN, *"本日中国한ctx", "語の", "ca", "xx", "example org", "x" * 70_001, "w" * 41])


@given(st.lists(PIECES, min_size=1, max_size=3), st.booleans(), st.sampled_from([None, "text", "title"]))
@settings(max_examples=300, deadline=None)
def test_rows_are_those_that_a_look_at_each_text_finds(
    index: SearchIndex, pieces: list[str], is_prefix: bool, column: str | None
) -> None:
    term = term_of(" ".join(pieces), is_prefix=is_prefix, column=column)
    part = of_split(index, "test")
    texts = {"text": TEXTS, "title": TITLES}
    columns = [column] if column else ["text", "title"]
    expected = [row for row in range(part.rows) if any(naive(texts[name][row], term) for name in columns)]
    assert rows_in(part.having(term), part.rows) == expected
    best, scores = part.best(Query([[term]]), part.rows)
    assert sorted(best.tolist()) == expected
    assert scores.tolist() == sorted(scores.tolist(), reverse=True)
