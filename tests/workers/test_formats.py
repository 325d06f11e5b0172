"""Every format gives what `load_dataset` gives of the same files, compressed or not."""

import datetime
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import datasets
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from domain.adapters.media_types import UNKNOWN
from domain.adapters.samples import SampleFolder
from domain.errors import ErrorCode
from tests.workers.ingests import COMPRESSIONS, PARAGRAPHS, Ingest, failure_of, rows_of
from workers import json_documents

pytestmark = pytest.mark.slow

NESTED = ("parquet", "arrow", "json", "jsonl")
FLAT = ("csv", "tsv", "txt")


@pytest.fixture
def ingest(tmp_path: Path) -> Ingest:
    return Ingest(tmp_path)


def flat_rows(start: int, stop: int) -> list[dict[str, Any]]:
    """Rows of plain values, with quotes, separators and lines within the text, and values that are missing."""
    odd = ['say "so", she said\nand left', "tab\there", "'", ""]
    return [
        {"id": n, "text": f"{PARAGRAPHS[n]}{odd[n % 4]}", "score": n / 7 if n % 5 else None, "flag": n % 2 == 0}
        for n in range(start, stop)
    ]


def text_rows(start: int, stop: int) -> list[dict[str, Any]]:
    return [{"text": line} for text in PARAGRAPHS[start:stop] for line in text.split("\n")]


def rows_for(kind: str, start: int, stop: int) -> list[dict[str, Any]]:
    if kind == "txt":
        return text_rows(start, stop)
    return rows_of(start, stop) if kind in NESTED else flat_rows(start, stop)


def same_as_loaded(ingest: Ingest) -> None:
    """Features, their order and every row are those of `load_dataset`."""
    loaded, expected = ingest.loaded(), ingest.expected()
    assert list(loaded) == list(expected)
    for split in expected:
        assert loaded[split].features == expected[split].features
        assert list(loaded[split].features) == list(expected[split].features)
        assert plain(loaded[split]) == plain(expected[split])


def plain(rows: datasets.Dataset) -> list[str]:
    """As text, so that a NaN is equal to another."""
    return [repr(row) for row in rows.to_list()]


@pytest.mark.sampled(13)
@pytest.mark.parametrize("compression", ["", ".gz", ".zst", ".bz2", ".xz"])
@pytest.mark.parametrize("kind", [*NESTED, *FLAT])
def test_a_format_gives_the_rows_of_load_dataset(ingest: Ingest, kind: str, compression: str) -> None:
    if kind in ("parquet", "arrow") and compression:
        pytest.skip("its readers take no compressed files; tested as a refusal")
    ingest.add(f"data/train-0.{kind}{compression}", "train", rows_for(kind, 0, 1500))
    ingest.add(f"data/train-1.{kind}{compression}", "train", rows_for(kind, 1500, 1600))
    ingest.add(f"data/test.{kind}{compression}", "test", rows_for(kind, 1600, 1750))

    ingest.run()

    same_as_loaded(ingest)


@pytest.mark.sampled(3)
@pytest.mark.parametrize("kind", ["parquet", "arrow", "jsonl", "csv", "txt"])
def test_many_batches_of_a_reader_are_one_file(ingest: Ingest, kind: str) -> None:
    rows = rows_for(kind, 0, 1500) * 16
    ingest.add(f"train.{kind}", "train", rows)
    ingest.run()
    same_as_loaded(ingest)


def test_an_arrow_file_with_a_footer_is_read_like_a_stream(ingest: Ingest) -> None:
    table, file = pa.Table.from_pylist(rows_of(0, 1500)), io.BytesIO()
    with pa.ipc.new_file(file, table.schema) as writer:
        writer.write_table(table, max_chunksize=700)
    ingest.add("train.arrow", "train", file.getvalue())
    ingest.run()
    same_as_loaded(ingest)


def test_a_csv_whose_columns_change_their_mind_is_cast_as_load_dataset_casts_it(ingest: Ingest) -> None:
    rows = [{"text": f"t{n}", "n": n if n < 12_000 else f"{n}.0", "code": f"{n:07}"} for n in range(25_000)]
    rows[20_500]["n"] = ""
    ingest.add("train.csv", "train", rows)
    ingest.run()
    same_as_loaded(ingest)


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        ("csv", {"sep": ";", "names": ["a", "text"], "header": None}),
        ("csv", {"encoding": "latin-1"}),
        ("txt", {"sample_by": "paragraph"}),
        ("txt", {"sample_by": "document"}),
        ("txt", {"keep_linebreaks": True, "encoding": "latin-1"}),
        ("json", {"field": "rows"}),
    ],
)
def test_what_the_card_says_of_the_reader_is_heeded(ingest: Ingest, kind: str, options: dict[str, Any]) -> None:
    ingest.options = options
    content = {"csv": "a;caf\xe9\n1;b\n", "txt": "caf\xe9\nb\n\nc\n\nd", "json": '{"rows": [{"text": "a"}]}'}[kind]
    ingest.add(f"train.{kind}", "train", content.encode(options.get("encoding", "utf-8")))
    ingest.run()
    same_as_loaded(ingest)


def test_binary_and_nested_columns_are_kept_and_binary_ones_not_shown(ingest: Ingest) -> None:
    row = {
        "text": "a",
        "raw": b"\xff\x00\x01",
        "deep": [{"x": [1, 2], "raw": b"12"}],
        "day": datetime.date(2024, 2, 29),
    }
    ingest.add("train.parquet", "train", [row])
    ingest.run()
    same_as_loaded(ingest)
    shown = {
        "text": "a",
        "raw": {"bytes": 3, "type": UNKNOWN},
        "deep": [{"x": [1, 2], "raw": {"bytes": 2, "type": UNKNOWN}}],
        "day": "2024-02-29",
    }
    assert SampleFolder(ingest.final).rows("train", 0, 1) == [shown]


@pytest.mark.parametrize("kind", [pa.large_string(), pa.string_view()], ids=str)
def test_text_of_every_kind_is_counted(ingest: Ingest, kind: pa.DataType) -> None:
    file = io.BytesIO()
    table = pa.table({"text": pa.array(["zwei Wörter", None, "", "a" * 100], kind)})
    with pa.ipc.new_stream(file, table.schema) as stream:
        stream.write_table(table)
    ingest.add("train.arrow", "train", file.getvalue())
    told = ingest.run()["statistics"]
    assert (told["wordCount"], told["characterCount"]) == (3, 111)
    same_as_loaded(ingest)


def test_images_and_sounds_stay_as_they_are_stored(ingest: Ingest) -> None:
    features = datasets.Features(
        {"text": datasets.Value("string"), "image": datasets.Image(), "sound": datasets.Audio()}
    )
    file = {"bytes": b"no picture and no sound", "path": "a.bin"}
    table = pa.table({"text": ["a"], "image": [file], "sound": [file]}, schema=features.arrow_schema)
    ingest.files.append({"path": "train.parquet", "split": "train"})
    pq.write_table(table, ingest.folder / "train.parquet")
    ingest.run()
    loaded = ingest.loaded()["train"]
    assert loaded.features == features
    assert loaded.data.table.to_pylist() == table.to_pylist()


def test_a_large_array_is_read_in_parts_with_the_same_rows_and_features(
    ingest: Ingest, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows: list[dict[str, Any]] = rows_of(0, 1500)
    rows[1400] |= {"late": 1}
    rows[1450] |= {"late": 1.5, "odd": ["]", '"', "\\"]}
    ingest.add("train.json", "train", json.dumps(rows, indent=1).encode())
    expected = ingest.expected()["train"]
    monkeypatch.setattr(json_documents, "DOCUMENT_BYTES", 10_000)
    monkeypatch.setattr(json_documents, "PART_BYTES", 30_000)
    monkeypatch.setattr("workers.json_depth.BLOCK_BYTES", 7_001)

    ingest.run()

    assert ingest.loaded()["train"].features == expected.features
    assert ingest.loaded()["train"].to_list() == expected.to_list()


def test_a_large_document_that_is_no_array_says_what_to_do(ingest: Ingest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_documents, "DOCUMENT_BYTES", 10)
    ingest.options = {"field": "rows"}
    ingest.add("train.json", "train", json.dumps({"rows": rows_of(0, 10)}).encode())
    failure = failure_of(ingest.run)
    assert failure.code == ErrorCode.UNSUPPORTED_FORMAT
    assert "train.json" in failure.message
    assert "lines" in failure.message


def test_zst_goes_on_after_its_first_frame_and_says_what_is_cut_off(ingest: Ingest) -> None:
    compress: Callable[[bytes], bytes] = COMPRESSIONS["zst"]
    ingest.add("train.txt.zst", "train", compress(b"one\n") + compress(b"two\n"))
    ingest.run()
    assert ingest.loaded()["train"]["text"][:] == ["one", "two"]
    (ingest.folder / "train.txt.zst").write_bytes(compress(b"a few words\n" * 5000)[:-9])
    assert failure_of(ingest.run).code == ErrorCode.CORRUPT_DATA


def test_rows_that_look_like_a_log_of_a_conversation_are_read_as_they_are(ingest: Ingest) -> None:
    rows = [{"type": "user", "message": {"a": 1}}, {"type": "assistant", "message": "b"}]
    ingest.add("train.jsonl", "train", rows)
    ingest.run()
    assert ingest.loaded()["train"]["type"][:] == ["user", "assistant"]
