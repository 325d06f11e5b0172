"""Every engine gives the ids that transformers gives, for every kind of tokenizer and whatever text."""

import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from tokenizers import Regex
from tokenizers.pre_tokenizers import Split

from tests.engine_tokenizers import ATOMS, KNOWN, MADE, NASTY, PATTERNS, TEXTS, random_texts, tokenizer_of
from workers.backend_engines import Choice, backend_choice
from workers.byte_level import NotByteLevel
from workers.engines import engine_of
from workers.piece_ends import STYLES, character_classes, ends_of_pieces
from workers.slow_engines import slow_choice
from workers.tokens import bytes_of

pytestmark = pytest.mark.slow

CHOSEN = {
    "gpt2": "compiled",
    "prefix": "compiled",
    "added": "compiled",
    "added prefix": "compiled",
    "llama3": "compiled",
    "qwen": "compiled",
    "other pattern": "tiktoken",
    "digits apart": "tokenizers",
    "wordpiece": "tokenizers",
    "unigram": "tokenizers",
    "byt5": "bytes",
    "shared gpt2": "compiled",
    "shared minilm": "tokenizers",
}


@pytest.fixture(params=[*MADE, *KNOWN])
def kind(request: pytest.FixtureRequest) -> str:
    if tokenizer_of(request.param) is None:
        pytest.skip(f"there is no {request.param}; the trained tokenizers are its twins")
    return str(request.param)


def expected(tokenizer: Any, texts: list[str]) -> list[list[int]]:
    """What transformers gives for the text alone."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "This sequence already has")
        ids: list[list[int]] = tokenizer(texts, add_special_tokens=False, verbose=False)["input_ids"]
    return ids


def choice_of(tokenizer: Any) -> Choice:
    backend = tokenizer.backend_tokenizer if tokenizer.is_fast else None
    return backend_choice(backend, splits_special=False) if backend is not None else slow_choice(tokenizer)


def every_engine(tokenizer: Any) -> Iterator[Any]:
    """The tokenizer's own, and each faster one that can be built for it."""
    choice = choice_of(tokenizer)
    yield choice.own
    for make in choice.fast.values():
        try:
            yield make()
        except NotByteLevel:
            continue


def test_the_fastest_engine_that_knows_the_tokenizer_is_chosen(kind: str) -> None:
    engine = engine_of(tokenizer_of(kind))
    assert (engine.name, engine.fallback) == (CHOSEN[kind], None)


def test_every_engine_gives_the_ids_of_transformers_for_nasty_texts(kind: str) -> None:
    tokenizer = tokenizer_of(kind)
    texts = [*NASTY, *random_texts(300)]
    ids = expected(tokenizer, texts)
    for engine in every_engine(tokenizer):
        assert list(engine.encode(pa.array(texts, pa.large_string())).rows()) == ids, engine.name


@settings(max_examples=40, deadline=None)
@given(texts=TEXTS)
def test_every_engine_gives_the_ids_of_transformers_for_any_text(texts: list[str]) -> None:
    for kind in MADE:
        tokenizer = tokenizer_of(kind)
        ids = expected(tokenizer, texts)
        for engine in ENGINES.setdefault(kind, list(every_engine(tokenizer))):
            assert list(engine.encode(pa.array(texts, pa.large_string())).rows()) == ids, (kind, engine.name)


ENGINES: dict[str, list[Any]] = {}


def test_an_engine_takes_any_arrow_text_sliced_or_not_and_nulls(kind: str) -> None:
    tokenizer = tokenizer_of(kind)
    texts = ["left out", "one <|end|> two", None, "", "three", "left out"]
    ids = expected(tokenizer, [text or "" for text in texts[1:5]])
    for arrow_type in (pa.string(), pa.large_string(), pa.string_view()):
        tokens = engine_of(tokenizer).encode(pa.array(texts, arrow_type)[1:5])
        assert (tokens.ids.dtype, tokens.offsets.dtype, list(tokens.rows())) == (np.int32, np.int64, ids)
    assert list(engine_of(tokenizer).encode(pa.array([], pa.string())).rows()) == []


@pytest.mark.parametrize("pattern", PATTERNS)
def test_pieces_end_where_the_pattern_ends_them(pattern: str) -> None:
    # given texts of every class of characters, each beside what makes a difference
    around = [chr(point) for point in (*range(0x3100), *range(0xF900, 0x20000, 7), *range(0x20000, 0x110000, 999))]
    texts = random_texts(3_000)
    texts += [
        f"a{one}b 1{one}2  {one} !{one}\n{one}\r '{one}s '{one}" for one in around if not 0xD800 <= ord(one) < 0xE000
    ]
    splits = Split(Regex(pattern), "isolated")

    for text in texts:
        data, offsets = bytes_of(pa.array([text], pa.large_string()), 64)
        ends = ends_of_pieces(data, int(offsets[-1]), character_classes(), STYLES[pattern])

        pieces = [data[start:end].tobytes().decode() for start, end in zip([0, *ends[:-1]], ends, strict=False)]
        assert pieces == [piece for piece, _ in splits.pre_tokenize_str(text)]


def test_classes_are_those_of_every_code_point() -> None:
    # what is left out of the table by its plane is no letter, number or space
    left_out = "".join(map(chr, (*range(0x40000, 0xE0000), *range(0xF0000, 0x110000))))
    assert Split(Regex(r"[\p{L}\p{N}\s]+"), "removed").pre_tokenize_str(left_out)[0][1] == (0, len(left_out))
    assert {character_classes()[ord(atom)] for atom in ATOMS if len(atom) == 1} == {0, 1, 2, 3, 4}


def test_a_memory_of_pieces_that_is_full_begins_anew() -> None:
    # given more pieces than are remembered, each of them new, and the first ones once more
    tokenizer = tokenizer_of("gpt2")
    (compiled,) = (engine for engine in every_engine(tokenizer) if engine.name == "compiled")
    texts = [" ".join(f"w{number:x}q" for number in range(start, start + 1_000)) for start in range(0, 400_000, 1_000)]

    tokens = compiled.encode(pa.array([*texts, *texts[:3]], pa.large_string()))

    rows = list(tokens.rows())
    assert rows[:3] == rows[-3:] == expected(tokenizer, texts[:3])
    assert rows[390] == expected(tokenizer, texts[390:391])[0]
