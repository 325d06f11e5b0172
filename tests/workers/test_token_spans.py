"""Tokens with the characters that they stand for, of fast tokenizers and of ByT5."""

import warnings
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some
from transformers import ByT5Tokenizer

from tests.tokenizers import VARIED
from tests.workers.tokenization import loaded
from workers.token_spans import byte_spans, spanned_tokens

NAMES = ("file:bpe", "file:begun", "file:wordpiece", "builtin:byt5")
TEXTS = [text or "" for text in VARIED]
BYT5 = ByT5Tokenizer()
ACUTE = "\u0301"  # which BERT takes off its letter


def recipe(**given: Any) -> dict[str, Any]:
    return {"mode": "TRUNCATE", "maxLength": 40, "addSpecialTokens": True, **given}


def ids_of(tokenizer: Any, text: str, **options: Any) -> list[int]:
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "This sequence already has")  # ByT5, of texts that end with </s>
        found: list[int] = tokenizer(text, verbose=False, **options)["input_ids"]
        return found


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("special", [True, False])
@pytest.mark.parametrize("text", TEXTS)
def test_the_ids_are_those_that_are_written(root, name, special, text):
    tokenizer = loaded(root, name)
    found = spanned_tokens(tokenizer, text, recipe(addSpecialTokens=special))
    asked = {"truncation": True, "max_length": 40, "add_special_tokens": special}
    assert list(found.ids) == ids_of(tokenizer, text, **asked)
    assert len(found.spans) == len(found.ids)
    whole = spanned_tokens(tokenizer, text, recipe(mode="WINDOW", addSpecialTokens=special))
    assert list(whole.ids) == ids_of(tokenizer, text, add_special_tokens=special)


@pytest.mark.parametrize("name", ["file:bpe", "file:wordpiece", "builtin:byt5"])
@pytest.mark.parametrize("text", TEXTS)
def test_spans_go_through_the_text_and_leave_out_nothing_but_white_space(root, name, text):
    found = spanned_tokens(loaded(root, name), text, recipe(mode="WINDOW"))
    spans = [span for span in found.spans if span is not None]
    assert spans == sorted(spans)
    covered = {place for start, end in spans for place in range(start, end)}
    left = {text[place] for place in range(len(text)) if place not in covered}
    assert not {character for character in left if character.isprintable()} - {" ", ACUTE}


def test_every_token_of_a_character_that_takes_several_has_its_span(root):
    for name in ("file:bpe", "builtin:byt5"):
        found = spanned_tokens(loaded(root, name), "a🙂b", recipe(addSpecialTokens=False))
        assert found.spans[0] == (0, 1)
        assert set(found.spans[1:-1]) == {(1, 2)}
        assert len(found.spans) > 3
        assert found.spans[-1] == (2, 3)


def test_special_tokens_have_no_span_where_they_were_added_and_one_where_they_are_text(root):
    begun = spanned_tokens(loaded(root, "file:begun"), "one<|begin|>two", recipe(mode="WINDOW"))
    assert begun.spans[0] is None
    assert begun.ids[0] in begun.ids[1:]
    assert begun.spans[list(begun.ids).index(begun.ids[0], 1)] == (3, 12)
    byt5 = spanned_tokens(BYT5, "a </s> b", recipe(maxLength=64))
    assert byt5.spans == [(0, 1), (2, 6), (7, 8), None]


def test_of_a_text_that_is_cut_on_its_left_the_spans_are_those_of_its_end(root):
    text = "some words that come first, and others that come last"
    found = spanned_tokens(loaded(root, "file:begun"), text, recipe(maxLength=6))
    (start, _), (_, end) = found.spans[1], found.spans[-1]
    assert end == len(text)
    assert start > 20


def test_a_packed_text_ends_with_its_end_of_document(root):
    tokenizer = loaded(root, "file:bpe")
    found = spanned_tokens(tokenizer, "two words", recipe(mode="PACK", endOfDocumentToken="<|end|>"))
    bare = ids_of(tokenizer, "two words", add_special_tokens=False)
    assert list(found.ids) == [*bare, tokenizer.convert_tokens_to_ids("<|end|>")]
    assert found.spans[-1] is None
    assert found.spans[-2] is not None


@given(text=some.text(some.characters(exclude_categories=["Cs"]), max_size=40))
def test_each_byte_has_the_span_of_its_character(text):
    tokens = [chr(byte) for byte in text.encode()]
    owners = [(place, place + 1) for place, character in enumerate(text) for _ in character.encode()]
    assert byte_spans(text, tokens) == owners


@given(parts=some.lists(some.sampled_from(["a", "é", "🙂", " ", "\u3000", "</s>", "<pad>", "<extra_id_7>", "<", "\n"])))
def test_byt5_s_tokens_stand_for_what_they_say(parts):
    text = "".join(parts)
    ids = BYT5(text, add_special_tokens=False)["input_ids"]
    tokens = BYT5.convert_ids_to_tokens(ids)
    spans = byte_spans(text, tokens)
    assert None not in spans
    for token, (start, end) in zip(tokens, spans, strict=True):
        said = text[start:end]
        assert token == said if len(token) > 1 else ord(token) in said.encode()


def test_tokens_that_are_not_of_the_text_have_no_span():
    assert byte_spans("abc", ["a", "x", "c"]) == [(0, 1), None, None]
    assert byte_spans("", ["a"]) == [None]
