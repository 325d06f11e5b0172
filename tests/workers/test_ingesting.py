"""An ingest gives what `load_dataset` gives, counts what a reader would count, and says what is wrong with a file."""

import json
import statistics
import tempfile
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from domain.adapters.files import tree_size
from domain.adapters.samples import SampleFolder
from domain.adapters.words import words
from domain.errors import ErrorCode
from tests.workers.ingests import Ingest, failure_of, finish, rows_of
from workers.ingesting import grouped, plan_ingest
from workers.steps import Step


@pytest.fixture
def ingest(tmp_path: Path) -> Ingest:
    return Ingest(tmp_path)


@pytest.mark.parametrize("suffix", [".parquet", ".jsonl", ".jsonl.gz"])
def test_rows_and_features_are_those_of_load_dataset(ingest: Ingest, suffix: str) -> None:
    ingest.add(f"data/train-0{suffix}", "train", rows_of(0, 1500))
    ingest.add(f"data/train-1{suffix}", "train", rows_of(1500, 1600))
    ingest.add(f"data/test{suffix}", "test", rows_of(1600, 1750))

    result = ingest.run()

    loaded, expected = ingest.loaded(), ingest.expected()
    assert list(loaded) == list(expected) == ["train", "test"]
    for split in expected:
        assert loaded[split].features == expected[split].features
        assert list(loaded[split].features) == list(expected[split].features)
        assert loaded[split].to_list() == expected[split].to_list()
    assert [(split["name"], split["rowCount"]) for split in result["splits"]] == [("train", 1600), ("test", 150)]
    assert result["rowCount"] == 1750
    assert sum(split["sizeBytes"] for split in result["splits"]) < result["sizeBytes"] == tree_size(ingest.final)


@pytest.mark.parametrize("name", ["[odd] *?.jsonl.gz", ".hidden.jsonl", "__x.parquet", "a::b#c%20.v1.parquet"])
def test_any_file_name_will_do(ingest: Ingest, name: str) -> None:
    ingest.add(f"data.dir/{name}", "train", rows_of(0, 3))
    ingest.run()
    assert ingest.loaded()["train"].to_list() == rows_of(0, 3)


def test_the_folder_pages_as_the_api_reads_it(ingest: Ingest) -> None:
    ingest.add("train.parquet", "train", rows_of(0, 2500))
    ingest.run()
    folder = SampleFolder(ingest.final)
    assert folder.rows("train", 1234, 3) == rows_of(1234, 1237)


def test_statistics_are_those_of_a_naive_count(ingest: Ingest) -> None:
    rows = rows_of(0, 1200)
    rows[7]["text"], rows[8]["text"], rows[9]["text"] = None, "", "Ünïcode \U0001f600 中文 x_y"
    ingest.add("a.parquet", "train", rows[:700])
    ingest.add("b.parquet", "train", rows[700:1000])
    ingest.add("c.parquet", "test", rows[1000:])

    told = ingest.run()["statistics"]

    parts = {"train": rows[:1000], "test": rows[1000:]}
    assert {key: told[key] for key in naive(rows)} == naive(rows)
    assert [split["name"] for split in told["bySplit"]] == ["train", "test"]
    for split in told["bySplit"]:
        assert {key: split[key] for key in naive(rows)} == naive(parts[split["name"]])
    assert sum(each["count"] for each in told["histogram"]) == told["rowCount"]


def naive(rows: list[dict[str, Any]]) -> dict[str, Any]:
    texts = [row["text"] or "" for row in rows]
    counts = [len(words(text)) for text in texts]
    return {
        "rowCount": len(rows),
        "wordCount": sum(counts),
        "characterCount": sum(map(len, texts)),
        "meanWords": pytest.approx(statistics.fmean(counts)),
        "medianWords": statistics.median(counts),
        "minWords": min(counts),
        "maxWords": max(counts),
        "vocabularySize": len({word for text in texts for word in words(text)}),
        "vocabularyIsExact": True,
    }


def test_columns_keep_their_order_and_say_which_hold_text(ingest: Ingest) -> None:
    ingest.add("a.parquet", "train", rows_of(0, 3))
    columns = ingest.run()["columns"]
    assert [(column["name"], column["isText"]) for column in columns] == [
        ("z_id", False),
        ("text", True),
        ("meta", False),
    ]
    assert columns[0]["type"] == "int64"


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ({"content": "long enough", "document": "", "text": "x"}, "text"),
        ({"document": "longest of all", "content": "x"}, "content"),
        ({"title": "short", "body": "much longer", "n": 1}, "body"),
        ({"text": ["not", "a", "string"], "title": "t"}, "title"),
        ({"n": 1, "raw": b"bytes"}, None),
    ],
)
def test_the_text_column_is_found(ingest: Ingest, row: dict[str, Any], expected: str | None) -> None:
    ingest.add("a.parquet", "train", [row])
    result = ingest.run()
    assert result["textColumn"] == expected
    assert (result["statistics"] is None) == (expected is None)
    assert ingest.loaded()["train"].to_list() == [row]


@pytest.mark.parametrize(
    ("column", "code"), [("body", ErrorCode.COLUMN_NOT_FOUND), ("z_id", ErrorCode.COLUMN_NOT_TEXT)]
)
def test_a_column_that_cannot_be_the_text_is_named(ingest: Ingest, column: str, code: ErrorCode) -> None:
    ingest.add("a.parquet", "train", rows_of(0, 3))
    failure = failure_of(lambda: ingest.plan(column))
    assert failure.code == code
    assert "text" in failure.message


def test_files_of_other_types_are_cast_to_the_first(ingest: Ingest) -> None:
    ingest.add("a.jsonl", "train", [{"text": "a", "n": 1.5}])
    ingest.add("b.jsonl", "train", [{"n": 2}])
    ingest.run()
    assert ingest.loaded()["train"].to_list() == ingest.expected()["train"].to_list()


def test_features_of_the_card_go_before_the_inferred(ingest: Ingest) -> None:
    ingest.add("a.parquet", "train", [{"text": "a", "label": 1}])
    features = {"text": {"dtype": "string", "_type": "Value"}, "label": {"names": ["no", "yes"], "_type": "ClassLabel"}}
    plan = finish(plan_ingest(**ingest.source, format=ingest.format | {"features": features}))
    ingest.complete(plan[0], ingest.pieces(plan[0]))
    assert ingest.loaded()["train"].features["label"].names == ["no", "yes"]


def test_empty_files_among_others_are_empty_pieces(ingest: Ingest) -> None:
    ingest.add("empty.jsonl", "train", b"")
    ingest.add("full.jsonl", "test", rows_of(0, 3))
    result = ingest.run()
    assert [split["rowCount"] for split in result["splits"]] == [0, 3]
    assert ingest.loaded()["test"].num_rows == 3


@pytest.mark.parametrize("path", ["a.parquet", "a.jsonl", "a.jsonl.gz"])
def test_scratch_is_kept_in_the_folder_of_the_run_and_nothing_of_it_stays(
    ingest: Ingest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    # given a folder for temporary files that nobody may write to, not even root
    nowhere = tmp_path / "a file"
    nowhere.touch()
    monkeypatch.setattr(tempfile, "tempdir", str(nowhere))
    ingest.add(path, "train", rows_of(0, 3))

    # when the file is read for the plan and for its piece
    plan = ingest.plan()
    assert list(ingest.work.iterdir()) == []
    ingest.pieces(plan)

    # then the folder of the run holds the piece alone
    assert sorted(file.name for file in ingest.work.iterdir()) == ["0.1.arrow", "0.1.arrow.words"]


def test_no_rows_at_all_is_an_empty_dataset(ingest: Ingest) -> None:
    ingest.add("empty.jsonl", "train", b"")
    assert failure_of(ingest.run).code == ErrorCode.EMPTY_DATASET


def test_parquet_without_rows_is_an_empty_dataset(ingest: Ingest) -> None:
    ingest.files.append({"path": "a.parquet", "split": "train"})
    pq.write_table(pa.table({"text": pa.array([], pa.string())}), ingest.folder / "a.parquet")
    assert failure_of(ingest.run).code == ErrorCode.EMPTY_DATASET


@pytest.mark.parametrize("content", [b"not parquet at all", b"PAR1" + b"\0" * 40 + b"PAR1", b""])
def test_a_broken_parquet_file_is_named(ingest: Ingest, content: bytes) -> None:
    ingest.add("data/broken.parquet", "train", content)
    failure = failure_of(ingest.run)
    assert failure.code == ErrorCode.CORRUPT_DATA
    assert "data/broken.parquet" in failure.message
    assert not failure.retryable


def test_broken_json_is_named_with_the_row_before_it(ingest: Ingest) -> None:
    good = "".join(json.dumps(row) + "\n" for row in rows_of(0, 20)).encode()
    ingest.add("good.jsonl", "train", good)
    ingest.add("bad.jsonl", "train", good + b'{"z_id": 1, "text": \n' + good)
    plan = ingest.plan()
    failure = failure_of(lambda: ingest.pieces(plan))
    assert failure.code == ErrorCode.CORRUPT_DATA
    assert "bad.jsonl" in failure.message


@pytest.mark.parametrize("suffix", [".jsonl", ".parquet"])
def test_text_that_is_not_utf8_is_told_apart(ingest: Ingest, suffix: str) -> None:
    if suffix == ".parquet":
        ingest.files.append({"path": "latin.parquet", "split": "train"})
        latin = pa.array([b"fine", b"caf\xe9 cr\xe8me"], pa.binary()).view(pa.string())
        pq.write_table(pa.table({"text": latin}), ingest.folder / "latin.parquet")
    else:
        ingest.add("latin.jsonl", "train", b'{"text": "fine"}\n{"text": "caf\xe9 cr\xe8me"}\n')
    failure = failure_of(ingest.run)
    assert failure.code == ErrorCode.INVALID_ENCODING
    assert f"latin{suffix}" in failure.message


def test_another_format_is_refused(ingest: Ingest) -> None:
    ingest.add("a.parquet", "train", rows_of(0, 3))
    xml = {"name": "xml", "options": {}}
    failure = failure_of(lambda: finish(plan_ingest(**ingest.source, format=xml)))
    assert failure.code == ErrorCode.UNSUPPORTED_FORMAT


@pytest.mark.parametrize("key", ["file", "words"])
def test_a_piece_that_changed_since_is_not_published(ingest: Ingest, key: str) -> None:
    ingest.add("a.parquet", "train", rows_of(0, 50))
    plan = ingest.plan()
    pieces = ingest.pieces(plan)
    changed = Path(pieces[0][key])
    content = bytearray(changed.read_bytes())
    content[len(content) // 2] ^= 1
    changed.write_bytes(content)
    assert failure_of(lambda: ingest.complete(plan, pieces)).code == ErrorCode.CHECKSUM_MISMATCH
    assert not ingest.final.exists()


def test_progress_counts_rows_against_what_parquet_promises(ingest: Ingest) -> None:
    ingest.add("a.parquet", "train", rows_of(0, 2500))
    plan = ingest.plan()
    ingest.piece(plan, 0)
    assert plan["pieces"][0]["rows"] == 2500
    assert ingest.steps[-1] == Step(2500, 2500, "ROWS")


def test_groups_are_neither_tiny_nor_huge() -> None:
    small = [pa.table({"text": ["a" * 10] * 10})] * 5000
    large = [pa.table({"text": ["b" * 100_000] * 200})]
    groups = list(grouped([*small, *large]))
    assert sum(group.num_rows for group in groups) == 50_200
    assert max(group.nbytes for group in groups) < 9 << 20
    assert len(groups) < 12
    assert all(group["text"].num_chunks == 1 for group in groups)
