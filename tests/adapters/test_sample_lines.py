"""Samples as JSON lines: whole, in any order, a few at a time."""

import base64
import json
import tracemalloc
from pathlib import Path

import pyarrow as pa
import pytest

from domain.adapters.sample_lines import CHUNK_BYTES, sample_lines
from domain.adapters.samples import SampleFolder
from domain.adapters.samples_wanted import Place
from tests.adapters.test_samples import numbers, write_folder

MOST_BYTES = 1_000_000  # holes as large stay between what is held, in each heap of the threads that tell the rows


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> SampleFolder:
    train = [[numbers(0, 1, 2), numbers(), numbers(3)], [numbers(4, 5)]]
    path = tmp_path_factory.mktemp("lines") / "data"
    return SampleFolder(write_folder(path, {"train": train, "test": [[numbers(9)]]}))


def read(chunks):
    return [json.loads(line) for line in b"".join(chunks).splitlines()]


def places(*found):
    return [Place(split, index) for split, index in found]


def test_rows_come_in_the_order_of_their_places_across_splits_batches_and_chunks(folder):
    found = [("train", 1), ("train", 2), ("train", 3), ("train", 4), ("test", 0), ("train", 5), ("train", 0)]
    lines = read(sample_lines(folder, [places(*found[:3]), [], places(*found[3:])]))
    assert [(line["split"], line["index"]) for line in lines] == found
    assert [line["row"] for line in lines] == [{"n": number} for number in (1, 2, 3, 4, 9, 5, 0)]


def test_of_nothing_there_is_nothing(folder):
    assert b"".join(sample_lines(folder, [])) == b""


def test_nothing_of_a_row_is_left_out(tmp_path):
    row = {
        "text": "wörd\n" * 10_000,
        "picture": {"bytes": b"\x89PNG\r\n\x1a\n", "path": None},
        "many": list(range(999)),
    }
    batch = pa.RecordBatch.from_pylist([row])
    (line,) = read(
        sample_lines(SampleFolder(write_folder(tmp_path / "data", {"train": [[batch]]})), [places(("train", 0))])
    )
    picture = line["row"].pop("picture")
    assert base64.b64decode(picture["bytes"]["base64"]) == b"\x89PNG\r\n\x1a\n"
    assert (picture["bytes"]["type"], picture["path"]) == ("image/png", None)
    assert line["row"] == {name: row[name] for name in ("text", "many")}


def test_of_large_rows_few_are_read_at_a_time(tmp_path: Path) -> None:
    # given a batch of many rows, each as large as a chunk
    batch = pa.record_batch({"text": [str(number) * CHUNK_BYTES for number in range(9)]})
    folder = SampleFolder(write_folder(tmp_path / "data", {"train": [[batch]]}))

    # when they are told
    chunks = list(sample_lines(folder, [places(*(("train", number) for number in range(9)))]))

    # then each chunk is one of them
    assert [len(read([chunk])) for chunk in chunks] == [1] * 9 + [0]


def test_however_many_rows_there_are_little_of_them_is_in_memory_at_a_time(tmp_path: Path) -> None:
    batch = pa.record_batch({"text": [f"{number} " + "a word of many, " * 100 for number in range(3_000)]})
    folder = SampleFolder(write_folder(tmp_path / "data", {"train": [[batch]]}))
    asked = [places(*(("train", number) for number in range(3_000)))]
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        told = sum(len(chunk.splitlines()) for chunk in sample_lines(folder, asked))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert told == 3_000
    assert peak - before < MOST_BYTES
