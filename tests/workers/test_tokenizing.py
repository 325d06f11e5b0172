"""Plan, shards and completion of a tokenization."""

import json
import random
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from datasets import load_from_disk

from domain.errors import ErrorCode, WorldFailure
from tests.workers.tokenization import Run, contents, finish, save_splits
from workers.token_folder import LedgerMismatch
from workers.tokenizers import BYT5
from workers.tokenizing import tokenize_shard

pytestmark = pytest.mark.slow


def test_the_same_shards_in_any_order_are_the_same_bytes(ingested: Path, root: Path, tmp_path: Path) -> None:
    # given the shards of a run, done again in another order by another worker
    run = Run(ingested, root, tmp_path, "file:bpe")
    numbers = range(len(run.plan()["pieces"]))
    first = [run.shard(number) for number in numbers]
    second = {number: run.shard(number, fence=2) for number in random.Random(1).sample(numbers, len(numbers))}

    # when both are put together, the second in the order of its doing
    run.complete(first, "first")
    run.complete(list(second.values()), "second")

    # then both folders are the same, fingerprints included
    assert contents(run.folder / "first") == contents(run.folder / "second")


def test_where_shards_end_does_not_matter_to_the_rows(ingested: Path, root: Path, tmp_path: Path) -> None:
    one, many = (Run(ingested, root, tmp_path / name, "file:bpe") for name in ("one", "many"))

    one.plan(shard_bytes=1 << 30)
    told = one.complete([one.shard(number) for number in range(len(one.planned["pieces"]))])
    many.all()

    assert len(one.planned["pieces"]) == 3
    assert one.output() == many.output()
    assert told["sizeBytes"] == sum(map(len, contents(tmp_path / "one" / "final").values()))


def test_shards_hold_about_the_text_that_was_asked_for(tmp_path: Path, root: Path) -> None:
    # given rows of known sizes, large strings among them a long one
    rows = ["x" * 992] * 50 + ["y" * 30_000] + [None] * 100
    save_splits(tmp_path / "data", {"train": rows}, pa.large_string())

    # when shards of ten rows' bytes are planned
    run = Run(tmp_path / "data", root, tmp_path, "file:bpe")
    pieces = run.plan(shard_bytes=10_000)["pieces"]

    # then they follow each other without a gap, and the long text ends its shard
    assert [piece["start"] for piece in pieces][:6] == [0, 10, 20, 30, 40, 50]
    assert [piece["start"] for piece in pieces[1:]] == [piece["stop"] for piece in pieces[:-1]]
    assert pieces[-1]["stop"] == len(rows)
    assert pieces[5]["stop"] == 51


def test_progress_counts_the_rows_of_the_shard(ingested: Path, root: Path, tmp_path: Path) -> None:
    run = Run(ingested, root, tmp_path, "file:bpe")
    piece = run.plan()["pieces"][1]

    work = tokenize_shard(
        folder=str(ingested),
        text_column="text",
        tokenizer=run.tokenizer,
        recipe=run.planned["recipe"],
        target=str(tmp_path / "a.1.arrow"),
        **piece,
    )
    steps = finish(work)["steps"]

    rows = piece["stop"] - piece["start"]
    assert [(step.done, step.total, step.unit) for step in steps][0::1][-1] == (rows, rows, "ROWS")
    assert sorted(path.name for path in tmp_path.glob("a.*")) == [
        *("a.1.arrow", "a.1.documents.arrow", "a.1.frequencies.npy")
    ]


def test_the_output_is_described_beside_the_splits(ingested: Path, root: Path, tmp_path: Path) -> None:
    run = Run(ingested, root, tmp_path, "file:bpe", maxLength=20, splits=["test", "train"])

    told = run.all()

    described = json.loads((tmp_path / "final" / "tokenization.json").read_text())
    frequencies = np.load(tmp_path / "final" / "token_frequencies.npy")
    assert described["tokenizer"] == "file:bpe"
    assert described["tokenizerCommit"] == run.planned["tokenizerCommit"]
    assert described["recipe"] == {
        **dict.fromkeys(("stride", "padToken", "beginToken", "endOfDocumentToken", "separatorToken", "tail")),
        "mode": "TRUNCATE",
        "maxLength": 20,
        "addSpecialTokens": True,
        "padding": "NONE",
        "textColumns": ["text"],
        "template": None,
        "chatColumn": None,
        "splits": ["train", "test"],
        "minTokens": 0,
        "onError": "FAIL",
    }
    assert described["counters"]["keptTokens"] == told["statistics"]["keptTokens"]
    assert int(frequencies.sum()) == told["statistics"]["tokenCount"]
    assert load_from_disk(str(tmp_path / "final"))["train"].features["input_ids"].feature.dtype == "uint16"


@pytest.mark.parametrize("name", ["file", "frequencies", "documents"])
@pytest.mark.parametrize("damage", ["missing", "shorter", "changed"])
def test_a_piece_that_is_not_what_its_ledger_says_is_named(
    ingested: Path, root: Path, tmp_path: Path, name: str, damage: str
) -> None:
    # given all pieces, one of them damaged
    run = Run(ingested, root, tmp_path, "file:bpe")
    pieces = [run.shard(number) for number in range(len(run.plan()["pieces"]))]
    path = Path(pieces[1][name])
    content = path.read_bytes()
    path.unlink()
    if damage != "missing":
        path.write_bytes(content[:-1] if damage == "shorter" else content[:-1] + bytes([content[-1] ^ 1]))

    # when they are put together, then the piece is named and nothing is published
    with pytest.raises(LedgerMismatch) as refused:
        run.complete(pieces)
    assert refused.value.file == str(path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["pieces", "work"]


def test_a_piece_that_is_left_out_or_given_twice_is_noticed(ingested: Path, root: Path, tmp_path: Path) -> None:
    run = Run(ingested, root, tmp_path, "file:bpe")
    pieces = [run.shard(number) for number in range(len(run.plan()["pieces"]))]

    for wrong in (pieces[1:], [pieces[0], *pieces]):
        with pytest.raises(LedgerMismatch, match="do not come next"):
            run.complete(wrong)


@pytest.mark.parametrize(
    ("tokenizer", "recipe", "code", "says"),
    [
        ("file:endless", {}, ErrorCode.MAX_LENGTH_REQUIRED, "give maxLength"),
        (BYT5, {}, ErrorCode.MAX_LENGTH_REQUIRED, "give maxLength"),
        ("file:bpe", {"maxLength": 0}, ErrorCode.INVALID_INPUT, "from 1 on"),
        ("file:bpe", {"maxLength": -3}, ErrorCode.INVALID_INPUT, "from 1 on"),
        ("file:bpe", {"maxLength": True}, ErrorCode.INVALID_INPUT, "whole number"),
        ("file:wordpiece", {"maxLength": 2}, ErrorCode.INVALID_INPUT, "2 special tokens are set"),
        (BYT5, {"maxLength": 1}, ErrorCode.INVALID_INPUT, "1 special tokens are set"),
        ("file:bpe", {"textColumns": ["body"]}, ErrorCode.COLUMN_NOT_FOUND, "id, text"),
        ("file:bpe", {"textColumns": ["id"]}, ErrorCode.COLUMN_NOT_TEXT, "int64"),
        ("file:bpe", {"splits": ["train", "dev"]}, ErrorCode.SPLIT_NOT_FOUND, "train, empty, test"),
        ("file:bpe", {"splits": []}, ErrorCode.INVALID_INPUT, "at least one"),
        ("file:bpe", {"splits": ["empty"]}, ErrorCode.EMPTY_DATASET, "no rows in empty"),
    ],
)
def test_what_cannot_be_done_is_refused_with_what_to_do(
    ingested: Path, root: Path, tmp_path: Path, tokenizer: str, recipe: dict[str, Any], code: ErrorCode, says: str
) -> None:
    with pytest.raises(WorldFailure, match=says) as refused:
        Run(ingested, root, tmp_path, tokenizer, **recipe).plan()
    assert (refused.value.code, refused.value.retryable) == (code, False)


def test_without_a_text_column_one_must_be_named(ingested: Path, root: Path, tmp_path: Path) -> None:
    with pytest.raises(WorldFailure, match="name one") as refused:
        Run(ingested, root, tmp_path, "file:bpe").plan(text_column=None)
    assert refused.value.code is ErrorCode.COLUMN_NOT_FOUND
