"""What people have in their datasets: each bad text is right, or told with its row and a code; no other suffers."""

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from datasets import load_from_disk

from domain.conservation import check_conservation
from domain.errors import ErrorCode, WorldFailure
from tests.workers.slow_modes import expected_rows
from tests.workers.tokenization import Run, loaded, save_splits, save_tables

pytestmark = pytest.mark.slow

HUGE = "word and more 12 " * 3_000_000
SURROGATE = b"a lone \xed\xa0\xbd surrogate"
FINE: list[str | None] = ["", None, "🙂" * 5_000, "\x00\x07\x1b[0m\x7f \u200b\ufeff\r\n", "after"]
ENOUGH, TOO_LITTLE = 2 << 30, 384 << 20

MODES: dict[str, dict[str, Any]] = {
    "TRUNCATE": {"maxLength": 30},
    "WINDOW": {"mode": "WINDOW", "maxLength": 30, "stride": 4},
    "PACK": {"mode": "PACK", "maxLength": 30},
}


def save_raw(folder: Path, rows: list[bytes | None]) -> None:
    """Bytes as the column `text`, whether they are text or not."""
    save_tables(folder, {"train": pa.table({"text": pa.array(rows, pa.binary()).view(pa.string())})})


def raw(text: str | None) -> bytes | None:
    return None if text is None else text.encode()


@pytest.mark.sampled(3)
@pytest.mark.parametrize("recipe", MODES.values(), ids=MODES)
@pytest.mark.parametrize("tokenizer", ["file:bpe", "file:wordpiece", "builtin:byt5"])
def test_bad_texts_are_right_or_skipped_with_row_and_code(
    root: Path, tmp_path: Path, tokenizer: str, recipe: dict[str, Any]
) -> None:
    # given an empty text, a null, emoji, control characters, and what is no text
    save_raw(tmp_path / "data", [SURROGATE, *map(raw, FINE), SURROGATE])
    run = Run(tmp_path / "data", root, tmp_path, tokenizer, **recipe, onError="SKIP")

    # when they are tokenized
    told = run.all()["statistics"]

    # then each is as the reference has it, and what is no text is listed
    reference = expected_rows(loaded(root, tokenizer), FINE, run.planned["recipe"])
    assert run.output()["train"] == reference.ids
    assert skipped(tmp_path) == [(0, "INVALID_ENCODING"), (len(FINE) + 1, "INVALID_ENCODING")]
    assert (told["skippedSamples"], told["sourceTokens"]) == (2, reference.source)
    check_conservation(told)


def skipped(folder: Path) -> list[tuple[int, str]]:
    listed = [json.loads(line) for line in (folder / "final/skipped.jsonl").read_text().splitlines()]
    return [(each["row"], each["code"]) for each in listed]


@pytest.fixture(scope="module")
def huge(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Fifty megabytes in one row, between two others."""
    folder = tmp_path_factory.mktemp("huge") / "data"
    save_splits(folder, {"train": ["before", HUGE, "after"]})
    return folder


def test_a_document_of_50_mb_is_tokenized_where_it_has_the_memory(root: Path, huge: Path, tmp_path: Path) -> None:
    run = Run(huge, root, tmp_path, "file:bpe", mode="WINDOW", maxLength=1_000)
    run.plan(shard_bytes=1 << 30)

    told = run.complete([run.shard(0, document_memory=ENOUGH)])["statistics"]

    tokens = len(loaded(root, "file:bpe").encode("word and more 12 " * 1_000, verbose=False))
    assert told["sourceTokens"] == pytest.approx(3_000 * tokens, rel=0.01)
    assert (
        len(load_from_disk(str(tmp_path / "final"))["train"]) == told["sequenceCount"] > told["sourceTokens"] // 1_000
    )
    check_conservation(told)


def test_a_document_of_50_mb_beyond_its_memory_is_skipped_or_fails_the_run(
    root: Path, huge: Path, tmp_path: Path
) -> None:
    # given a tokenizer whose own way takes a hundred times the bytes of a text
    skipping = Run(huge, root, tmp_path, "file:wordpiece", maxLength=30, onError="SKIP")
    skipping.plan(shard_bytes=1 << 30)

    # when it may be skipped, then the others are there and it is told with its bytes
    skipping.complete([skipping.shard(0, document_memory=TOO_LITTLE)])
    rival = loaded(root, "file:wordpiece")
    assert skipping.output()["train"] == [rival("before")["input_ids"], rival("after")["input_ids"]]
    assert skipped(tmp_path) == [(1, "DOCUMENT_TOO_LARGE")]
    assert f"{len(HUGE):,} bytes" in (tmp_path / "final/skipped.jsonl").read_text()

    # when it may not, then the run fails and names it
    failing = Run(huge, root, tmp_path / "failing", "file:wordpiece", maxLength=30)
    failing.plan(shard_bytes=1 << 30)
    with pytest.raises(WorldFailure, match=r"Row 1 of split train .*51,000,000 bytes") as failed:
        failing.shard(0, document_memory=TOO_LITTLE)
    assert (failed.value.code, failed.value.retryable) == (ErrorCode.DOCUMENT_TOO_LARGE, False)


@pytest.mark.parametrize("recipe", MODES.values(), ids=MODES)
def test_a_text_that_is_none_fails_the_run_and_is_named(root: Path, tmp_path: Path, recipe: dict[str, Any]) -> None:
    save_raw(tmp_path / "data", [*map(raw, FINE), SURROGATE])
    run = Run(tmp_path / "data", root, tmp_path, "file:bpe", **recipe)
    run.plan(shard_bytes=1 << 30)

    with pytest.raises(WorldFailure, match=f"Row {len(FINE)} of split train .*byte 7") as failed:
        run.shard(0)
    assert (failed.value.code, failed.value.retryable) == (ErrorCode.INVALID_ENCODING, False)
