"""Words of whole arrays: what the compiled loops find is what the one definition says, word by word."""

from typing import Any

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.adapters.words import words
from workers.word_set import SCANNED_BYTES, WordSet
from workers.word_table import BLOCK_BYTES, FIRST_SLOTS, KEY_BYTES

ANY_TEXT = st.text(st.characters(exclude_categories=("Cs",)), max_size=60)
WORDY_TEXT = st.text(
    st.sampled_from("aZ9_ \n.éİß\u017f\u212a中한\U0001d538\U0001d7d9\U0001f600\u0301\u0bbe²½\0"), max_size=200
)
ROWS = st.lists(st.none() | ANY_TEXT | WORDY_TEXT, max_size=8)
TYPES = st.sampled_from([pa.string(), pa.large_string(), pa.string_view()])


def taken(array: Any) -> list[str]:
    found = WordSet()
    found.count_and_add(array)
    return found.take().to_pylist()


@given(ROWS, TYPES, st.integers(0, 3))
@settings(max_examples=300, deadline=None)
def test_arrays_agree_with_texts_one_by_one(rows: list[str | None], kind: pa.DataType, skipped: int) -> None:
    array = pa.array(rows, kind).slice(skipped)
    expected = [words(row or "") for row in rows[skipped:]]
    assert WordSet().count_and_add(array).tolist() == [len(found) for found in expected]
    assert sorted(taken(array)) == sorted({word for found in expected for word in found})


def test_words_longer_than_a_key_differ_by_any_byte() -> None:
    long = "abcdefghijklmnopqrstuvwxyz"
    texts = [long[:size] for size in range(1, 27)] + [long[:size] + "0" for size in range(1, 26)]
    texts *= 2
    assert sorted(taken(pa.array(texts))) == sorted(set(texts))


def test_rows_of_many_blocks_keep_their_order() -> None:
    rows = ["word " * (number % 50) for number in range(20_000)]
    assert sum(map(len, rows)) > 2 * SCANNED_BYTES
    chunks = pa.chunked_array([rows[:7], rows[7:]])
    assert WordSet().count_and_add(chunks).tolist() == [number % 50 for number in range(20_000)]


def test_a_set_grows_array_by_array_and_is_empty_once_taken() -> None:
    found = WordSet()
    for start in range(0, 300_000, 50_000):
        found.count_and_add(pa.array([f"Word{number} Wörter{number % 10}" for number in range(start, start + 50_000)]))
    taken = found.take().to_pylist()
    expected = {f"word{number}" for number in range(300_000)} | {f"wörter{number}" for number in range(10)}
    assert len(taken) == len(expected)
    assert set(taken) == expected
    assert found.take().to_pylist() == []


def test_a_letter_of_several_bytes_may_lie_across_blocks() -> None:
    texts = [" " * spaces + letter * 40 + " x" for spaces in range(BLOCK_BYTES) for letter in "é中\U0001d538"]
    assert sorted(taken(pa.array(texts))) == sorted({word for text in texts for word in words(text)})
    assert WordSet().count_and_add(pa.array(texts)).tolist() == [2] * len(texts)


def test_neighbouring_rows_are_never_one_word() -> None:
    rows = ["ab", "", "c", "é", None, "9" * 70, "é"]
    assert WordSet().count_and_add(pa.array(rows)).tolist() == [1, 0, 1, 1, 0, 1, 1]
    assert sorted(taken(pa.array(rows))) == sorted(["ab", "c", "é", "9" * 70])


def test_words_that_fold_to_a_known_one_are_told_once() -> None:
    assert sorted(taken(pa.array(["STRASSE Straße straße \u212a k"]))) == ["k", "strasse"]


def test_folded_words_join_as_they_are() -> None:
    found = WordSet()
    folded = ["i\u0307", "strasse", "x" * KEY_BYTES, "x" * (KEY_BYTES + 1)]  # a combining mark is no letter
    found.add_folded(pa.array(folded))
    found.count_and_add(pa.array(["İ Straße " + "X" * KEY_BYTES]))
    assert sorted(found.take().to_pylist()) == sorted(folded)


def test_a_set_outgrows_every_first_room() -> None:
    short = [f"w{number}" for number in range(FIRST_SLOTS)]
    longer = [f"word-that-is-longer{number}".replace("-", "") for number in range(FIRST_SLOTS)]
    texts = [" ".join(short + longer), "z" * 300_000]
    assert sorted(taken(pa.array(texts))) == sorted(short + longer + texts[1:])
