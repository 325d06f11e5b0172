"""Rows are read at any offset from mapped files, as values that JSON can carry."""

import json
import math
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from domain.adapters.samples import Row, SampleFolder, SampleFolders, cut


def write_folder(path: Path, splits: dict[str, list[list[pa.RecordBatch]]]) -> Path:
    """A DatasetDict folder: files by split, batches by file."""
    for split, files in splits.items():
        (path / split).mkdir(parents=True)
        names = [f"data-{number:05d}-of-{len(files):05d}.arrow" for number in range(len(files))]
        for name, batches in zip(names, files, strict=True):
            with pa.OSFile(str(path / split / name), "wb") as sink, pa.ipc.new_stream(sink, batches[0].schema) as out:
                for batch in batches:
                    out.write(batch)
        (path / split / "state.json").write_text(json.dumps({"_data_files": [{"filename": name} for name in names]}))
    (path / "dataset_dict.json").write_text(json.dumps({"splits": list(splits)}))
    return path


def numbers(*values: int) -> pa.RecordBatch:
    return pa.record_batch({"n": pa.array(values, pa.int64())})


@pytest.fixture
def folder(tmp_path: Path) -> SampleFolder:
    train = [[numbers(0, 1, 2), numbers(), numbers(3)], [numbers()], [numbers(4, 5)]]
    return SampleFolder(write_folder(tmp_path / "data", {"train": train, "a": [[numbers(9)]], "none": [[numbers()]]}))


@pytest.mark.parametrize("start", range(8))
@pytest.mark.parametrize("count", [0, 1, 3, 100])
def test_a_page_crosses_batches_and_files(folder: SampleFolder, start: int, count: int) -> None:
    assert [row["n"] for row in folder.rows("train", start, count)] == [0, 1, 2, 3, 4, 5][start : start + count]


def test_a_sample_knows_its_place(folder: SampleFolder) -> None:
    assert folder.samples("train", 3, 2) == [Row("train", 3, {"n": 3}), Row("train", 4, {"n": 4})]


@pytest.mark.parametrize("indexes", [[], [5], [4, 0, 3, 2], [1, 1, 5, 1]])
def test_rows_are_taken_from_anywhere_in_the_order_asked(folder: SampleFolder, indexes: list[int]) -> None:
    assert folder.take("train", indexes).to_pydict() == {"n": indexes}


def test_a_column_is_read_in_a_range_across_batches_and_files(folder: SampleFolder) -> None:
    assert folder.column("train", "n", 2, 5).to_pylist() == [2, 3, 4]
    assert folder.column("none", "n", 0, 0).to_pylist() == []
    assert folder.schema("none").names == ["n"]


def test_an_empty_split_has_no_rows_and_an_unknown_one_is_an_error(folder: SampleFolder) -> None:
    assert folder.rows("none", 0, 10) == []
    with pytest.raises(KeyError):
        folder.rows("validation", 0, 1)


@pytest.mark.parametrize(
    ("value", "kind", "expected"),
    [
        (b"\x00\xff", pa.binary(), {"bytes": 2}),
        (math.nan, pa.float64(), "nan"),
        (-math.inf, pa.float32(), "-inf"),
        (0.5, pa.float32(), 0.5),
        (Decimal("1.10"), pa.decimal128(5, 2), "1.10"),
        (datetime(2024, 5, 6, 7, 8, 9, tzinfo=UTC), pa.timestamp("us", "UTC"), "2024-05-06T07:08:09+00:00"),
        (
            [{"role": "user", "raw": b"abc"}],
            pa.list_(pa.struct({"role": pa.string(), "raw": pa.binary()})),
            [{"role": "user", "raw": {"bytes": 3}}],
        ),
        (None, pa.string(), None),
        ("a\u0000\U0001f600", pa.string(), "a\u0000\U0001f600"),
    ],
)
def test_every_cell_is_a_json_value(tmp_path: Path, value: Any, kind: pa.DataType, expected: Any) -> None:
    batch = pa.record_batch({"cell": pa.array([value], kind)})
    read = SampleFolder(write_folder(tmp_path / "data", {"train": [[batch]]})).rows("train", 0, 1)
    assert read == [{"cell": expected}]
    json.dumps(read, allow_nan=False)


def test_the_folders_read_last_stay_open_within_a_bound(tmp_path: Path) -> None:
    paths = [write_folder(tmp_path / name, {"train": [[numbers(1)]]}) for name in "abc"]
    folders = SampleFolders(kept=2)
    first = folders.open(paths[0])
    assert folders.open(paths[0]) is first
    folders.open(paths[1])
    folders.open(paths[2])
    assert folders.open(paths[0]) is not first
    assert first.rows("train", 0, 1) == [{"n": 1}]


@pytest.mark.parametrize(("limit", "expected"), [(2, ("a\U0001f600", True)), (3, ("a\U0001f600b", False))])
def test_text_is_cut_at_code_points_and_says_so(limit: int, expected: tuple[str, bool]) -> None:
    assert cut("a\U0001f600b", limit) == expected
