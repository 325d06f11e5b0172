"""Where shards end, and in which order they are done, changes no byte of what comes out."""

import random
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from datasets import load_from_disk
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.adapters.token_documents import index_of
from tests.workers.slow_modes import expected_rows
from tests.workers.tokenization import SPLITS, Run, contents, loaded, save_splits
from workers.assembling import BATCH_CELLS
from workers.engines import Tokens
from workers.frames import NO_FRAME, frame_with
from workers.packing import Packer
from workers.token_rows import in_rows, tokens_in
from workers.tokenizers import BYT5
from workers.tokens import offsets_after

pytestmark = pytest.mark.slow

TEXTS = st.lists(
    st.none() | st.text(max_size=40) | st.sampled_from(["word " * 30, "🙂" * 20, "<|end|>", "</s>"]), max_size=12
)


def bytes_of(folder: Path, split: str) -> list[Any]:
    """The content of a split's columns, and of its index of documents, wherever batches end."""
    rows = load_from_disk(str(folder))[split].data.table
    with pa.memory_map(str(folder / index_of(split))) as file:
        index = pa.ipc.open_stream(file).read_all()
        return [column.combine_chunks().to_pylist() for column in (*rows.columns, *index.columns)]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    texts=TEXTS,
    shard_bytes=st.integers(1, 400),
    length=st.integers(4, 40),
    stride=st.integers(0, 30),
    mode=st.sampled_from(["TRUNCATE", "WINDOW", "PACK"]),
    padding=st.sampled_from(["NONE", "LONGEST", "MAX_LENGTH"]),
    tail=st.sampled_from(["KEEP", "PAD", "DROP"]),
    tokenizer=st.sampled_from(["file:left", "file:wordpiece", BYT5]),
    least=st.integers(0, 3),
)
def test_sharding_never_changes_bytes(root: Path, tmp_path: Path, texts: list[str | None], **drawn: Any) -> None:
    # given texts and a recipe of any kind
    folder = Path(mkdtemp(dir=tmp_path))
    save_splits(folder / "data", {"train": texts, "other": ["one text"]})
    of_mode = {"WINDOW": {"stride": min(drawn["stride"], drawn["length"] - 3)}, "PACK": {"tail": drawn["tail"]}}
    recipe = {
        "mode": drawn["mode"],
        "maxLength": drawn["length"],
        "minTokens": drawn["least"],
        "padding": drawn["padding"],
    }
    recipe |= of_mode.get(drawn["mode"], {}) | ({"padToken": "<|end|>"} if drawn["tokenizer"] == "file:left" else {})

    # when they are tokenized in one shard, and in many that are done in any order
    one, many = (Run(folder / "data", root, folder / name, drawn["tokenizer"], **recipe) for name in ("one", "many"))
    one.plan(shard_bytes=1 << 30)
    one.complete([one.shard(number) for number in range(len(one.planned["pieces"]))])
    numbers = range(len(many.plan(shard_bytes=drawn["shard_bytes"])["pieces"]))
    many.complete([many.shard(number) for number in random.Random(1).sample(numbers, len(numbers))])

    # then both are the same, and what the slow reference gives
    assert bytes_of(folder / "one/final", "train") == bytes_of(folder / "many/final", "train")
    reference = expected_rows(loaded(root, drawn["tokenizer"]), texts, one.planned["recipe"])
    assert many.output()["train"] == reference.ids


@pytest.mark.parametrize(
    "recipe",
    [
        {"mode": "PACK", "maxLength": 50, "tail": "PAD"},
        {"mode": "PACK", "maxLength": 50, "padding": "LONGEST"},
        {"maxLength": 40, "padding": "LONGEST"},
        {"mode": "WINDOW", "maxLength": 40, "stride": 3, "padding": "LONGEST"},
    ],
)
def test_what_the_completion_makes_is_the_same_file_whatever_the_shards(
    root: Path, tmp_path: Path, recipe: dict[str, Any]
) -> None:
    # given the same rows in few shards and in many
    save_splits(tmp_path / "data", SPLITS)
    runs = [Run(tmp_path / "data", root, tmp_path / name, "file:wordpiece", **recipe) for name in ("few", "many")]

    # when both are completed
    for run, shard_bytes in zip(runs, (100_000, 3_000), strict=True):
        run.plan(shard_bytes=shard_bytes)
        run.complete([run.shard(number) for number in range(len(run.planned["pieces"]))])

    # then the files of the rows are the same to the byte, fingerprints included
    few, many = (contents(run.folder / "final") for run in runs)
    rows = [name for name in few if name.startswith(("train/", "empty/", "test/"))]
    assert [name for name in rows if few[name] != many[name]] == []
    assert len(rows) >= 9


@pytest.mark.parametrize("length", [7, BATCH_CELLS // 3, BATCH_CELLS + 1])
def test_a_stream_of_millions_of_tokens_is_cut_as_one(length: int) -> None:
    # given a stream that comes in parts of any size, for rows shorter and longer than a batch
    chance = np.random.default_rng(1)
    lengths = [np.array(chance.integers(0, 3_000, chance.integers(1, 900))) for _ in range(4)]
    parts = [Tokens(chance.integers(9, 300, each.sum(), np.int32), offsets_after(each)) for each in lengths]
    packer = Packer(frame_with([1], [2]), frame_with([3], [4]), length)

    # when it is packed
    found, documents = [], 0
    for part in parts:
        rows = np.arange(documents, documents + len(part.lengths))
        found += list(packer.add(part, rows))
        documents += len(rows)
    last, dropped = packer.finish("KEEP")

    # then the rows, one after the other, are the stream
    rows = [row[1:-1] for batch in (*found, last) for row in np.split(batch.tokens.ids, batch.tokens.offsets[1:-1])]
    framed = [[3, *row, 4] for part in parts for row in part.rows()]
    assert np.array_equal(np.concatenate(rows), np.concatenate(framed)[1:])
    assert {len(row) for row in rows[:-1]} <= {length - 2}
    assert dropped == 0
    assert sum(batch.kept_tokens for batch in (*found, last)) == sum(len(part.ids) for part in parts)


@given(st.lists(st.lists(st.integers(0, 5), max_size=5), max_size=6), st.integers(1, 7))
def test_rows_come_in_batches_of_one_size(lengths: list[list[int]], rows: int) -> None:
    parts = [Tokens(np.arange(sum(each), dtype=np.int32), offsets_after(np.array(each, np.int64))) for each in lengths]

    batches = list(in_rows(parts, rows))

    assert [row for batch in batches for row in batch.rows()] == [row for part in parts for row in part.rows()]
    assert {len(batch.lengths) for batch in batches[:-1]} <= {rows}
    assert all(len(batch.lengths) <= rows for batch in batches)


def test_a_slice_of_a_list_column_is_read_as_it_is() -> None:
    column = pa.array([[1], [2, 3], [], [4]], pa.list_(pa.uint16())).slice(1, 2)

    assert list(tokens_in(column).rows()) == [[2, 3], []]
    assert NO_FRAME.around(tokens_in(column))[0].ids.tolist() == [2, 3]
