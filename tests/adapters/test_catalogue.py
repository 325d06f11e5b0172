"""Datasets by their words: a query, a row that is held and a plain reading of the words agree."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.adapters import catalogue_search, views
from domain.adapters.catalogue import MOST_CHARACTERS, MOST_WORD_CHARACTERS, WORDS, lines_of
from domain.adapters.catalogue_query import MOST_TERMS, understood
from domain.adapters.paging import Page
from domain.adapters.search_words import found_words
from domain.adapters.wanted import DatasetsWanted
from domain.errors import Refused

INSERT = """
INSERT INTO datasets (id, version, position, status, name, source, tags, splits, columns, created_at, updated_at,
    last_used_at, name_words, source_words, tag_words, column_words, notes_words)
VALUES (gen_random_uuid(), 1, 1, 'READY', %s, '{"kind": "HUB"}', '{}', '[]', '[]', now(), now(), now(),
    %s, %s, %s, %s, %s)
"""

PIECES = ["acme", "english", "Eng", "wiki", "2023", "STRASSE", "straße", "a", "İ", "ﬁ", "漢字", "字", "かな", "x²", "é"]
BETWEEN = [" ", "/", "-", "_", ".", "", "'", "\\", "%", "\t", "🙂"]
OPERATORS = [' "', '" ', " -", ' -"', " or ", "* ", ":", "!", "&", "|", "<->", "(", "\0", "\n", "; DROP TABLE datasets"]

texts = st.lists(st.sampled_from(PIECES) | st.sampled_from(BETWEEN), max_size=5).map("".join)
datasets = st.lists(st.lists(texts, min_size=len(WORDS), max_size=len(WORDS)), min_size=1, max_size=8)
searches = st.lists(st.sampled_from(PIECES) | st.sampled_from(BETWEEN) | st.sampled_from(OPERATORS), max_size=8).map(
    "".join
)


@pytest.fixture
def put(shared_adapters):
    """Datasets, each of five texts, by what each column has the words of. They are named by their numbers."""

    def insert(made):
        with shared_adapters.pool.connection() as connection:
            connection.execute("TRUNCATE datasets")
            rows = [[str(number), *(lines_of([text]) for text in texts)] for number, texts in enumerate(made)]
            connection.cursor().executemany(INSERT, rows)

    return insert


def found(shared_adapters, search):
    query = understood(search)
    everything = views.datasets_view(shared_adapters.engine, DatasetsWanted(), Page(100)).rows
    rows = views.datasets_view(shared_adapters.engine, DatasetsWanted(search=query), Page(100)).rows
    assert views.datasets_count(shared_adapters.engine, DatasetsWanted(search=query)) == len(rows)
    names = {int(row["name"]) for row in rows}
    assert {int(row["name"]) for row in everything if DatasetsWanted(search=query).holds(row)} == names
    return names


def stands_at(term, words, start):
    """Whether the words of a term are those from `start` on."""
    asked, there = list(term.words), words[start : start + len(term.words)]
    if len(there) < len(asked):
        return False
    for number, (want, has) in enumerate(zip(asked, there, strict=True)):
        is_first, is_last = number == 0, number == len(asked) - 1
        is_like = {
            (True, True): want.text in has.text,
            (True, False): has.text.endswith(want.text),
            (False, True): has.text.startswith(want.text),
            (False, False): has.text == want.text,
        }[is_first, is_last]
        if want.is_cjk != has.is_cjk:
            return False
        if want.is_cjk and not is_like:
            return False
        if not want.is_cjk and not (has.text.startswith(want.text) if is_last and term.is_prefix else has == want):
            return False
    return True


def has(term, texts):
    read = [[each.word for each in found_words(text)] for text in texts]
    return any(stands_at(term, words, start) for words in read for start in range(len(words)))


@pytest.mark.slow
@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(made=datasets, search=searches)
def test_a_query_a_held_row_and_a_plain_reading_find_the_same(shared_adapters, put, made, search):
    put(made)
    query = understood(search)
    expected = {
        number
        for number, texts in enumerate(made)
        if not search.strip()
        or any(all(has(term, texts) != term.is_negated for term in terms) for terms in query.alternatives)
    }
    assert found(shared_adapters, search) == expected


NAMES = ["acme/english-wiki_2023", "Acme Deutsch (Wiki)", "中文维基百科 2023", "news, english", "GRÖSSE größe"]


@pytest.mark.parametrize(
    ("search", "names"),
    [
        ("english", {0, 3}),
        ("ENGLISH wiki", {0}),
        ("wiki english", {0}),
        ("2023", {0, 2}),
        ("acme/english", {0}),
        ("acme/wiki", set()),
        ("engl", {0, 3}),
        ("engl ", set()),
        ("engl wiki", set()),
        ("wiki engl", {0}),
        ("acme/engl", {0}),
        ('"english wiki"', {0}),
        ('"wiki english"', set()),
        ('"acme eng', {0}),
        ("english -wiki", {3}),
        ("-english", {1, 2, 4}),
        ("-engl", {0, 1, 2, 3, 4}),
        ('-"english wiki"', {1, 2, 3, 4}),
        ("deutsch or news", {1, 3}),
        ("deutsch or", {1}),
        ("deutsch or english -wiki", {1, 3}),
        ('deutsch or -"wiki 2023"', {1, 2, 3, 4}),
        ("deutsch or -维基", {0, 1, 3, 4}),
        ("eng* wiki ", {0}),
        ("维基", {2}),
        ("文维", {2}),
        ("维文", set()),
        ("百科2023", {2}),
        ("中文2023", set()),
        ("grösse", {4}),
        ("absent", set()),
        ("", {0, 1, 2, 3, 4}),
        (" \n\t", {0, 1, 2, 3, 4}),
        (" \"-*'%_\\;:!&|<->()", set()),
        ("%%%", set()),
        ("or", set()),
        ("\0", set()),
        ("-%", set()),
        ("english'); DROP TABLE datasets; --", set()),
        ("eng.*", set()),
        ("\0english\0", {0, 3}),
    ],
)
def test_what_a_search_finds(shared_adapters, put, search, names):
    put([[name, "", "", "", ""] for name in NAMES])
    assert found(shared_adapters, search) == names


def test_words_of_different_texts_are_found_together_but_not_as_a_phrase(shared_adapters, put):
    put([["english", "acme/wiki", "news", "text", "Good."]])
    assert found(shared_adapters, "news english good text") == {0}
    for search in ('"english acme"', '"wiki news"', "news/text"):
        assert found(shared_adapters, search) == set()


@pytest.mark.parametrize("search", ["a" * 10_000, "漢" * 10_000, '"' + "a b " * 2_499, '"' * 10_000, "- " * 5_000])
def test_ten_thousand_characters_are_read_as_any_others(shared_adapters, put, search):
    put([[search, "", "", "", ""], ["english", "", "", "", ""]])
    assert found(shared_adapters, search) == ({0} if search.strip('"- ') else set())


def test_a_word_that_is_too_long_for_the_index_is_found_by_its_beginning(shared_adapters, put):
    longest = "\U00010400" * MOST_WORD_CHARACTERS  # four bytes each, also as a small letter
    put([[f"{longest}one", "", "", "", ""], [longest[1:], "", "", "", ""]])
    assert found(shared_adapters, f"{longest}two") == {0}


def test_what_is_too_much_for_a_row_is_cut_after_a_word(shared_adapters, put):
    lines = lines_of(f"column{number}" for number in range(20_000))
    assert len(lines) <= MOST_CHARACTERS + 2
    *_, last = lines.split()
    put([[" ".join(f"column{number}" for number in range(20_000)), *["ß" * 9_000 + " b"] * 4]])
    assert found(shared_adapters, f'column0 "{last}" b') == {0}
    assert found(shared_adapters, "column19999 ") == set()


PHRASES = " ".join(f'-"acme {number}"' for number in range(MOST_TERMS))


@pytest.mark.parametrize("search", ["a" * 10_001, " ".join(map(str, range(MOST_TERMS + 1))), PHRASES + ' "of more"'])
def test_a_search_past_the_limits_is_refused(search):
    with pytest.raises(Refused, match="A search has at most"):
        understood(search)


@pytest.mark.parametrize("search", [" ".join(map(str, range(MOST_TERMS))), PHRASES, PHRASES.replace(" -", " or -")])
def test_a_search_of_as_many_terms_as_may_be_is_answered(shared_adapters, put, search):
    put([[" ".join(map(str, range(MOST_TERMS))), "", "", "", ""]])
    assert found(shared_adapters, search) == {0}


def test_the_index_leads_to_what_few_have(shared_adapters, put):
    """Also to what it cannot tell by itself: phrases, and words of which it knows the beginning."""
    put([*[["english wiki", "", "", "", ""]] * 2_000, ["rare wiki 維基", "", "", "", ""]])
    with shared_adapters.pool.connection() as connection:
        connection.execute("ANALYZE datasets")
        for search in ("rare", "wiki rar", '"rare wiki"', "absent or rare -english", "維基"):
            conditions = catalogue_search.conditions(understood(search))
            query = views.DATASET_ROWS.where(*conditions).compile(shared_adapters.engine)
            plan = connection.execute(f"EXPLAIN {query}", query.params).fetchall()
            assert any("datasets_catalogue" in line for (line,) in plan), plan
