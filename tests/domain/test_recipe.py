"""What is asked of a tokenization: what it means, and what cannot be meant."""

import pytest

from domain.recipe import FIELDS, completed, conflicts, meant, template_parts

SPLITS = ("train", "test")


def paths(**recipe):
    return [refusal.path for refusal in conflicts(recipe)]


def test_what_is_left_out_has_the_defaults_of_the_contract():
    whole = completed({})
    assert set(whole) == set(FIELDS)
    told = {name: value for name, value in whole.items() if value is not None}
    assert told == {
        "mode": "TRUNCATE",
        "padding": "NONE",
        "addSpecialTokens": True,
        "minTokens": 0,
        "onError": "FAIL",
    }


def test_what_a_mode_alone_has_is_null_for_the_others():
    assert [completed({"mode": mode})["stride"] for mode in ("TRUNCATE", "WINDOW", "PACK")] == [None, 0, None]
    assert [completed({"mode": mode})["tail"] for mode in ("TRUNCATE", "WINDOW", "PACK")] == [None, None, "KEEP"]
    assert completed({"stride": 0})["stride"] is None


def test_null_is_the_default():
    assert completed(dict.fromkeys(FIELDS)) == completed({})


def test_what_was_asked_stands():
    asked = {"mode": "PACK", "tail": "DROP", "addSpecialTokens": False, "minTokens": 3, "onError": "SKIP"}
    assert {name: completed(asked)[name] for name in asked} == asked


@pytest.mark.parametrize(
    "words",
    [
        {},
        {"mode": "TRUNCATE", "padding": "NONE", "addSpecialTokens": True, "minTokens": 0, "onError": "FAIL"},
        {"textColumns": ["text"]},
        {"splits": ["test", "train"]},
        {"splits": ["train", "test", "train"], "stride": 0},
        {"maxLength": None, "template": None},
    ],
)
def test_the_same_in_other_words_means_the_same(words):
    assert meant(words, splits=SPLITS, text_column="text") == meant({}, splits=SPLITS, text_column="text")


def test_columns_that_no_template_joins_have_an_empty_line_between_them():
    joined = {"template": "{title}\n\n{text}"}
    for words in ({"textColumns": ["title", "text"]}, {**joined, "textColumns": ["text", "title"]}):
        assert meant(words, splits=SPLITS, text_column="text") == meant(joined, splits=SPLITS, text_column="text")


def test_a_chat_template_sets_the_special_tokens_itself():
    assert completed({"chatColumn": "chat"})["addSpecialTokens"] is False
    assert completed({"chatColumn": "chat", "addSpecialTokens": True})["addSpecialTokens"] is True


@pytest.mark.parametrize(
    "other",
    [
        *({"maxLength": 8}, {"splits": ["test"]}, {"textColumns": ["title"]}, {"mode": "WINDOW"}, {"chatColumn": "c"}),
        *({"padding": "LONGEST"}, {"onError": "SKIP"}, {"addSpecialTokens": False}, {"minTokens": 1}),
    ],
)
def test_another_recipe_means_something_else(other):
    assert meant(other, splits=SPLITS, text_column="text") != meant({}, splits=SPLITS, text_column="text")


@pytest.mark.parametrize(
    "recipe",
    [
        {},
        {"mode": "WINDOW", "maxLength": 8, "stride": 7},
        {"mode": "WINDOW", "stride": 512},
        {"mode": "PACK", "beginToken": "a", "endOfDocumentToken": "b", "separatorToken": "c", "tail": "DROP"},
        {"mode": "PACK", "tail": "PAD", "padToken": "p"},
        {"padding": "MAX_LENGTH", "padToken": "p"},
        {"mode": "WINDOW", "padding": "LONGEST"},
        {"template": "{text}"},
        {"textColumns": ["title", "text"], "template": "{{{title}}}\n{text}\n{title}"},
        {"textColumns": ["title", "text"]},
        {"chatColumn": "chat"},
    ],
)
def test_what_can_be_meant_has_no_conflicts(recipe):
    assert paths(**recipe) == []


@pytest.mark.parametrize(
    ("recipe", "field"),
    [
        ({"stride": 1}, "stride"),
        ({"mode": "PACK", "stride": 1}, "stride"),
        ({"mode": "WINDOW", "maxLength": 8, "stride": 8}, "stride"),
        ({"mode": "WINDOW", "maxLength": 8, "stride": 9}, "stride"),
        ({"beginToken": "a"}, "beginToken"),
        ({"mode": "WINDOW", "endOfDocumentToken": "a"}, "endOfDocumentToken"),
        ({"separatorToken": "a"}, "separatorToken"),
        ({"tail": "KEEP"}, "tail"),
        ({"mode": "PACK", "padding": "LONGEST"}, "padding"),
        ({"mode": "PACK", "padding": "MAX_LENGTH", "padToken": "p"}, "padding"),
        ({"padToken": "p"}, "padToken"),
        ({"mode": "PACK", "padToken": "p"}, "padToken"),
        ({"chatColumn": "chat", "textColumns": ["text"]}, "textColumns"),
        ({"chatColumn": "chat", "template": "{chat}"}, "template"),
        ({"textColumns": ["text", "text"]}, "textColumns"),
        ({"template": "no place"}, "template"),
        ({"template": "{text"}, "template"),
        ({"template": "text}"}, "template"),
        ({"template": "{}"}, "template"),
        ({"template": "{{text}}"}, "template"),
        ({"textColumns": ["text"], "template": "{title}{text}"}, "template"),
        ({"textColumns": ["text", "title"], "template": "{text}"}, "template"),
    ],
)
def test_what_cannot_be_meant_is_named_by_its_field(recipe, field):
    assert paths(**recipe) == [("recipe", field)]


def test_all_that_cannot_be_meant_is_told():
    assert paths(stride=1, tail="PAD", padToken="p") == [("recipe", "tail"), ("recipe", "stride")]


def test_a_template_is_texts_and_places_in_turn():
    assert list(template_parts("a {b c} {{d}} {e.f:g!r}")) == [("a ", "b c"), (" {d} ", "e.f:g!r"), ("", None)]
    assert list(template_parts("")) == [("", None)]
