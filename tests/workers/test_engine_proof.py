"""A faster engine is used for as long as it is right."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from tests.engine_tokenizers import tokenizer_of
from tests.texts import texts
from tests.workers.planted import WRONG_ABOUT, WrongEngine
from tests.workers.planted import tokenize_shard as tokenize_planted
from tests.workers.tokenization import Run, contents, finish, save_splits, save_tokenizers
from workers import backend_engines
from workers.backend_engines import backend_choice
from workers.engines import proved
from workers.proof import FIRST_ROWS, ONE_IN, ProvedEngine
from workers.shard_proof import tokenize_shard
from workers.tokenizers import load_tokenizer
from workers.tokens import Tokens

PLAIN = [f"row {number} of a shard" for number in range(3_000)]


class Counting:
    """The tokenizer's own engine; how many texts it was asked for."""

    name = "own"

    def __init__(self) -> None:
        self.asked = 0
        self._own = backend_choice(tokenizer_of("gpt2").backend_tokenizer, splits_special=False).own

    def encode(self, texts: Any) -> Tokens:
        self.asked += len(texts)
        return self._own.encode(texts)


class Wrong(Counting):
    """Wrong about texts with the rare word."""

    name = "wrong"

    def encode(self, texts: Any) -> Tokens:
        tokens = super().encode(texts)
        ids = tokens.ids.copy()
        ids[[int(tokens.offsets[row]) for row, text in enumerate(texts.to_pylist()) if WRONG_ABOUT in text]] += 1
        return Tokens(ids, tokens.offsets)


def encoded(engine: ProvedEngine, rows: list[str], batch: int = 500) -> list[list[int]]:
    found: list[list[int]] = []
    for start in range(0, len(rows), batch):
        found += engine.encode(pa.array(rows[start : start + batch], pa.large_string())).rows()
    return found


def right(rows: list[str]) -> list[list[int]]:
    return list(Counting().encode(pa.array(rows)).rows())


def with_word_at(*places: int) -> list[str]:
    return [f"{WRONG_ABOUT} {row}" if number in places else row for number, row in enumerate(PLAIN)]


def test_what_is_right_is_compared_on_the_first_rows_and_one_in_a_thousand() -> None:
    own = Counting()
    engine = ProvedEngine(own, Counting())
    own.asked = 0

    engine.begin(5_500)
    assert encoded(engine, PLAIN) == right(PLAIN)

    assert (engine.name, engine.fallback, engine.is_mixed) == ("own", None, False)
    assert own.asked == FIRST_ROWS + len(PLAIN) // ONE_IN


def test_an_engine_that_fails_a_probe_gives_no_row() -> None:
    engine = ProvedEngine(Counting(), Wrong(), [WRONG_ABOUT])

    assert encoded(engine, with_word_at(700)) == right(with_word_at(700))
    assert engine.fallback == {"row": None, "reason": f"wrong gave other ids than own for {WRONG_ABOUT!r}"}
    engine.begin(0)
    assert (engine.is_fast, engine.is_mixed, engine.name) == (False, False, "own")


def test_a_difference_among_the_first_rows_costs_no_row() -> None:
    engine = ProvedEngine(Counting(), Wrong())

    engine.begin(10_000)
    assert encoded(engine, with_word_at(17, 700, 2_999)) == right(with_word_at(17, 700, 2_999))

    assert engine.fallback == {"row": 10_017, "reason": "wrong gave other ids than own"}
    assert not engine.is_mixed


def test_a_difference_later_is_found_by_the_sample_and_the_shard_is_to_be_made_again() -> None:
    # given a word that the engine is wrong about, in a row that is not compared and in one that is
    rows = with_word_at(1_700, 2_000)
    engine = ProvedEngine(Counting(), Wrong())

    engine.begin(0)
    first = encoded(engine, rows)
    assert first[1_700] != right(rows)[1_700]
    assert (engine.fallback, engine.is_mixed) == ({"row": 2_000, "reason": "wrong gave other ids than own"}, True)

    # then the shard made again is right, and the next one is proved anew
    assert encoded(engine, rows) == right(rows)
    engine.begin(3_000)
    assert (engine.is_fast, engine.is_mixed, engine.name) == (True, False, "wrong")


def test_a_wrong_engine_is_passed_over_where_a_right_one_follows() -> None:
    choice = backend_choice(tokenizer_of("gpt2").backend_tokenizer, splits_special=False)
    wrong = lambda: Wrong()  # noqa: E731, PLW0108  as engines are made
    choice = backend_engines.Choice(choice.own, {"wrong": wrong, **choice.fast}, lambda: [WRONG_ABOUT])
    assert (proved(choice).name, proved(choice).fallback) == ("compiled", None)


@pytest.fixture
def planted() -> Iterator[None]:
    load_tokenizer.cache_clear()
    yield
    while WrongEngine in backend_engines.KINDS:
        backend_engines.KINDS.remove(WrongEngine)
    load_tokenizer.cache_clear()


@pytest.mark.slow
@pytest.mark.parametrize("places", [[3], [900, 1_000]])
def test_a_planted_engine_falls_back_and_the_output_is_the_same_byte_for_byte(
    tmp_path: Path, planted: None, places: list[int]
) -> None:
    # given rows with the word that a planted engine is wrong about
    rows = texts(1_200)
    for place in places:
        rows[place] = f"{WRONG_ABOUT} and more"
    save_splits(tmp_path / "data", {"train": rows})
    run = Run(tmp_path / "data", save_tokenizers(tmp_path / "tokenizers"), tmp_path, "file:bpe")
    run.plan(shard_bytes=1 << 30)

    # when the same shard is made with it and without it
    right = completed(run, tokenize_shard, "right")
    load_tokenizer.cache_clear()
    wrong = completed(run, tokenize_planted, "wrong")

    # then the row is named, and both outputs are one
    assert (right["engine"], right["fallback"]) == ("compiled", None)
    fallback = {"row": places[-1], "reason": "wrong gave other ids than tokenizers"}
    assert (wrong["engine"], wrong["fallback"]) == ("tokenizers", fallback)
    assert contents(tmp_path / "right") == contents(tmp_path / "wrong")


def completed(run: Run, function: Any, name: str) -> dict[str, Any]:
    """The one shard of a run, made by this child function, and put together under the name."""
    folder = run.folder / f"pieces of {name}"
    told = finish(
        function(
            folder=str(run.ingested),
            text_column="text",
            tokenizer=run.tokenizer,
            recipe=run.planned["recipe"],
            target=str(folder / "0.1.arrow"),
            **run.planned["pieces"][0],
        )
    )
    files = {key: str(folder / value) for key, value in told.items() if isinstance(value, str)}
    run.complete([told | {key: path for key, path in files.items() if Path(path).is_file()}], name)
    return told
