"""One definition of a word, however it is asked: one text or whole arrays."""

import subprocess
import sys
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.adapters.words import word_spans, words

ANY_TEXT = st.text(st.characters(exclude_categories=("Cs",)), max_size=60)
WORDY_TEXT = st.text(
    st.sampled_from("aZ9_ \n.éİß\u017f\u212a中한\U0001d538\U0001d7d9\U0001f600\u0301\u0bbe²½\0"), max_size=60
)


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


def test_the_adapters_do_not_load_datasets() -> None:
    code = "import sys, domain.adapters.words, domain.adapters.samples; assert 'datasets' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)
