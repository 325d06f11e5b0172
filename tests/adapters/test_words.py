"""One definition of a word, however it is asked: one text or whole arrays."""

import subprocess
import sys
import unicodedata

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.adapters import word_runs
from domain.adapters.word_set import WordSet
from domain.adapters.words import count_words, distinct_words, word_spans, words

ANY_TEXT = st.text(st.characters(exclude_categories=("Cs",)), max_size=60)
WORDY_TEXT = st.text(
    st.sampled_from("aZ9_ \n.éİß\u017f\u212a中한\U0001d538\U0001d7d9\U0001f600\u0301\u0bbe²½\0"), max_size=60
)
ROWS = st.lists(st.none() | ANY_TEXT | WORDY_TEXT, max_size=8)
TYPES = st.sampled_from([pa.string(), pa.large_string(), pa.string_view()])


def test_a_word_is_a_run_of_letters_and_digits_by_category() -> None:
    every_character = [chr(point) for point in range(0x110000)]
    by_category = [character for character in every_character if unicodedata.category(character)[0] in "LN"]
    assert [character for character in every_character if words(character)] == by_category


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("It's 3.5 km_long", ["it", "s", "3", "5", "km", "long"]),
        ("STRASSE Straße", ["strasse", "strasse"]),
        ("e\u0301t\u00e9", ["e", "t\u00e9"]),
        ("中文 \U0001d538\U0001d7d9x", ["中文", "\U0001d538\U0001d7d9x"]),
        ("", []),
    ],
)
def test_words_of_a_text(text: str, expected: list[str]) -> None:
    assert words(text) == expected


@given(ANY_TEXT | WORDY_TEXT)
@settings(deadline=None)
def test_spans_are_code_points_of_the_words(text: str) -> None:
    assert [text[start:end].casefold() for start, end in word_spans(text)] == words(text)


@given(ROWS, TYPES, st.integers(0, 3))
@settings(max_examples=300, deadline=None)
def test_arrays_agree_with_texts_one_by_one(rows: list[str | None], kind: pa.DataType, skipped: int) -> None:
    array = pa.array(rows, kind).slice(skipped)
    expected = [words(row or "") for row in rows[skipped:]]
    assert count_words(array).tolist() == [len(found) for found in expected]
    assert sorted(distinct_words(array).to_pylist()) == sorted({word for found in expected for word in found})


def test_words_longer_than_a_key_differ_by_any_byte() -> None:
    long = "abcdefghijklmnopqrstuvwxyz"
    texts = [long[:size] for size in range(1, 27)] + [long[:size] + "0" for size in range(1, 26)]
    texts *= 2
    assert sorted(distinct_words(pa.array(texts)).to_pylist()) == sorted(set(texts))


def test_rows_of_many_blocks_keep_their_order() -> None:
    rows = ["word " * (number % 50) for number in range(20_000)]
    assert sum(map(len, rows)) > 2 * word_runs.BLOCK_BYTES
    chunks = pa.chunked_array([rows[:7], rows[7:]])
    assert count_words(chunks).tolist() == [number % 50 for number in range(20_000)]
    assert count_words(chunks).dtype == np.int64


def test_a_set_grows_array_by_array_and_is_empty_once_taken() -> None:
    found = WordSet()
    for start in range(0, 300_000, 50_000):
        found.count_and_add(pa.array([f"Word{number} Wörter{number % 10}" for number in range(start, start + 50_000)]))
    taken = found.take().to_pylist()
    expected = {f"word{number}" for number in range(300_000)} | {f"wörter{number}" for number in range(10)}
    assert len(taken) == len(expected)
    assert set(taken) == expected
    assert found.take().to_pylist() == []


def test_the_adapters_do_not_load_datasets() -> None:
    code = "import sys, domain.adapters.words, domain.adapters.samples; assert 'datasets' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)
