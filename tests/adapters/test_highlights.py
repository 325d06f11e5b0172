"""What a search matched in a text is marked, by the same words that found it."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.adapters.highlights import highlights
from domain.adapters.highlights_written import MOST_WORDS
from domain.adapters.search_query import parse
from domain.adapters.search_terms import Query
from domain.adapters.search_words import found_words


def marked(text: str, search: str, language: str | None = None) -> str:
    """The text with what the search matches in brackets; the column is `text`, another one is `title`."""
    query = parse(search, ["text", "title"]).query
    assert query is not None
    for start, end in reversed(highlights(text, query, "text", language)):
        text = f"{text[:start]}[{text[start:end]}]{text[end:]}"
    return text


@pytest.mark.parametrize(
    ("text", "search", "expected"),
    [
        ("Water, fresh water!", "water", "[Water], fresh [water]!"),
        ("waterfall", "water", "waterfall"),
        ("waterfall of water", "wat*", "[waterfall] of [water]"),
        ("Fresh, <b>Water</b>, water", '"fresh b water"', "[Fresh, <b>Water]</b>, water"),
        ("fresh waterfall", '"fresh wat*"', "[fresh waterfall]"),
        ("fresh fresh water", '"fresh water"', "fresh [fresh water]"),
        ("a a a b", '"a a"', "[a a a] b"),
        ("see a/b, a, b", "a/b", "see [a/b], [a, b]"),
        ("mail to x.y@example.org", "example.org", "mail to x.y@[example.org]"),
        ("water -fire", "water -fire", "[water] -fire"),
        ("water or fire", "water or fire or ice", "[water] or [fire]"),
        ("water fire", "text:water title:fire", "[water] fire"),
        ("日本語の本", "本", "日[本]語の[本]"),
        ("日本語の本", "日本 本語", "[日本語]の本"),
        ("日日日", "日日", "[日日日]"),
        ("abc日本def 日本", "日本def", "abc[日本def] 日本"),
        ("大日本 東京都", '"日本 東京"', "大[日本 東京]都"),
        ("😀 straße 👩‍👩 STRASSE", "strasse", "😀 [straße] 👩‍👩 [STRASSE]"),
        ("cafe\u0301s İstanbul", "cafe İstanbul", "[cafe]\u0301s [İstanbul]"),
        ("", "water", ""),
    ],
)
def test_what_a_search_matches_is_marked(text: str, search: str, expected: str) -> None:
    assert marked(text, search) == expected


def test_words_are_marked_by_the_stems_that_find_them_and_a_prefix_as_it_is_written() -> None:
    assert marked("Boats boated", "boating", "english") == "[Boats] [boated]"
    assert marked("Boats boated", "boating") == "Boats boated"
    assert marked("happily happi", "happi*", "english") == "[happily] [happi]"


@pytest.mark.slow
@settings(max_examples=200, derandomize=True, deadline=None)
@given(st.text("ab日本 /é\u0301😀", max_size=30), st.text('ab日本 "*-', min_size=1, max_size=12))
def test_every_word_that_is_searched_for_alone_is_marked_and_nothing_beside_words(text: str, search: str) -> None:
    query = parse(search, []).query
    if query is None:
        return
    ranges = highlights(text, query)
    assert ranges == sorted(ranges)
    assert all(end < start for (_, end), (start, _) in pairwise(ranges))
    alone = {
        term.words[0]
        for terms in query.alternatives
        for term in terms
        if len(term.words) == 1 and not term.is_negated and not term.is_prefix and not term.words[0].is_cjk
    }
    for found in found_words(text):
        if found.word in alone:
            assert any(start <= found.start and found.end <= end for start, end in ranges)
    assert all(text[start].isalnum() and text[end - 1].isalnum() for start, end in ranges)


LETTERS = "aAbBkK\u212a é\u0301ßİΣς\u0345ῳ²_-/😀"


@pytest.mark.slow
@settings(max_examples=300, derandomize=True, deadline=None)
@given(st.text(LETTERS, max_size=30), st.text(LETTERS + '   ""**', min_size=1, max_size=12))
def test_what_is_marked_in_a_text_is_what_its_words_tell(text: str, search: str) -> None:
    """Behind a sign with a character of CJK, all words of a text are looked at."""
    query = parse(search, []).query
    if query is not None:
        assert highlights(text, query) == highlights(f"{text} 本", query)


@pytest.mark.parametrize("words", [MOST_WORDS, MOST_WORDS + 1])
def test_a_search_of_many_words_marks_as_one_of_few(words: int) -> None:
    text = " ".join(f"w{number}" for number in range(words))
    for search in (text, f"{text}*", f'"{text}"'):
        marks = [f"[w{number}]" for number in range(words)]
        assert marked(f"Not w, {text.upper()}!", search).lower() == (
            f"not w, [{text}]!" if search.startswith('"') else f"not w, {' '.join(marks)}!"
        )


def test_a_text_of_two_million_letters_is_marked_like_any_other() -> None:
    """Were each of its letters the beginning of a look at the rest, this would not end."""
    assert highlights("a" * 2_000_000, parse("a*", []).query or Query(())) == [(0, 2_000_000)]
