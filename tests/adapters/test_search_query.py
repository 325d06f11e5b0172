"""Every text is read as a search, what was read otherwise is said, and what was understood is a text again."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.adapters.samples_wanted import NoticeCode
from domain.adapters.search_query import MOST_CHARACTERS, MOST_TERMS, parse
from domain.adapters.search_terms import Query, Term
from domain.adapters.search_words import Word
from domain.errors import ErrorCode, Refused

COLUMNS = ["text", "title", "my notes", "a:b"]


def term(*words: str, **how: object) -> Term:
    return Term(tuple(map(Word, words)), **how)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "alternatives"),
    [
        ("fresh Water", [[term("fresh"), term("water")]]),
        ('"Fresh water"', [[term("fresh", "water")]]),
        (
            'fresh -salt -"old sea"',
            [[term("fresh"), term("salt", is_negated=True), term("old", "sea", is_negated=True)]],
        ),
        ("a b or c OR d", [[term("a"), term("b")], [term("c")], [term("d")]]),
        ("wat*", [[term("wat", is_prefix=True)]]),
        ('"fresh wat*"', [[term("fresh", "wat", is_prefix=True)]]),
        ('"fresh wat"*', [[term("fresh", "wat", is_prefix=True)]]),
        ("title:sea", [[term("sea", column="title")]]),
        ('-title:"old sea"', [[term("old", "sea", column="title", is_negated=True)]]),
        ("title:wat*", [[term("wat", column="title", is_prefix=True)]]),
        ('"my notes":sea', [[term("sea", column="my notes")]]),
        ("a:b:sea", [[term("sea", column="a:b")]]),
        ("a/b e-mail", [[term("a", "b"), term("e", "mail")]]),
        ("user@example.com", [[term("user", "example", "com")]]),
        ("http://x.y", [[term("http", "x", "y")]]),
        ("12:30", [[term("12", "30")]]),
        ("-or", [[term("or", is_negated=True)]]),
        ('"or"', [[term("or")]]),
        ("water water or water", [[term("water")]]),
        ("日本abc*", [[Term((Word("日本", is_cjk=True), Word("abc")), is_prefix=True)]]),
        ("日*", [[Term((Word("日", is_cjk=True),))]]),
        ("cafe\u0301 STRASSE straße", [[term("cafe"), term("strasse")]]),
    ],
)
def test_a_plain_search_is_read_as_it_stands(text: str, alternatives: list[list[Term]]) -> None:
    understood = parse(text, COLUMNS)
    assert understood.query == Query(tuple(map(tuple, alternatives)))
    assert understood.notices == ()


@pytest.mark.parametrize(
    ("text", "searched_as", "code"),
    [
        ('"fresh water', '"fresh water"', NoticeCode.LENIENT),
        ("- water", "water", NoticeCode.LENIENT),
        ("--water", "-water", NoticeCode.LENIENT),
        ("or water", "water", NoticeCode.LENIENT),
        ("water or", "water", NoticeCode.LENIENT),
        ("water or or fire", "water or fire", NoticeCode.LENIENT),
        ("(water or fire)", "water or fire", NoticeCode.LENIENT),
        ("wa*er", '"wa er"', NoticeCode.LENIENT),
        ("* water", "water", NoticeCode.LENIENT),
        ('water ""', "water", NoticeCode.LENIENT),
        ("title: water", "title water", NoticeCode.LENIENT),
        ("'; drop table x; --", "drop table x", NoticeCode.LENIENT),
        (r"^(a+)+$ [\w]", "a w", NoticeCode.LENIENT),
        ("body:water", '"body water"', NoticeCode.UNKNOWN_COLUMN),
        ('body:"fresh water"', 'body "fresh water"', NoticeCode.UNKNOWN_COLUMN),
    ],
)
def test_another_search_is_read_as_well_as_can_be_and_says_so(text: str, searched_as: str, code: NoticeCode) -> None:
    understood = parse(text, COLUMNS)
    assert understood.searched_as == searched_as
    assert code in [notice.code for notice in understood.notices]


@pytest.mark.parametrize("text", ["", "   ", "?!", '""', "-", "or", "\u0301"])
def test_a_search_without_words_is_for_every_row_and_says_so(text: str) -> None:
    understood = parse(text, COLUMNS)
    assert (understood.query, understood.searched_as) == (None, "")
    assert understood.notices[-1].code == NoticeCode.NO_WORDS


def test_what_is_said_names_what_was_passed_over_and_the_columns_that_are_there() -> None:
    said = " ".join(notice.message for notice in parse("body:c++ (x)", COLUMNS).notices)
    assert "+ ( )" in said
    assert "'body'" in said
    assert "text, title, my notes" in said


def test_a_search_of_the_longest_is_read_and_a_longer_one_refused() -> None:
    assert parse('"' + "a " * (MOST_CHARACTERS // 2 - 1) + '"', []).query is not None
    with pytest.raises(Refused, match="at most 10,000 characters; this one has 10,001") as refused:
        parse("x" * (MOST_CHARACTERS + 1), [])
    assert (refused.value.code, refused.value.path) == (ErrorCode.INVALID_INPUT, ("search",))


def test_a_search_of_more_terms_than_can_be_answered_is_refused() -> None:
    assert parse(" ".join(map(str, range(MOST_TERMS))), []).query is not None
    with pytest.raises(Refused, match="at most 256 terms; this one has 257"):
        parse(" ".join(map(str, range(MOST_TERMS + 1))), [])


SIGNS = ["a", "Or", "or", "é", "e\u0301", "\u0130x", "\u0390", "ß", "日本", "ア", "🙂", "1", "_"]
SEPARATORS = [" ", '"', "-", "*", ":", "title", "my notes", "/", "(", "\n", "\x00", "\ud800"]
SEARCHES = st.lists(st.sampled_from(SIGNS + SEPARATORS), max_size=14).map("".join) | st.text(max_size=20)


@pytest.mark.slow
@settings(max_examples=400, derandomize=True, deadline=None)
@given(SEARCHES, st.sampled_from([[], COLUMNS]))
def test_what_was_understood_is_read_as_the_same_search_without_a_word_on_it(text: str, columns: list[str]) -> None:
    understood = parse(text, columns)
    again = parse(understood.searched_as, columns)
    assert again.query == understood.query
    assert again.searched_as == understood.searched_as
    assert again.notices == () or understood.query is None
