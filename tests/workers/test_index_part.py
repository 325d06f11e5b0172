"""A part of a search index is built from rows of a dataset, and parts become an index."""

import hashlib
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from domain.adapters.search_indexes import SearchIndex
from domain.adapters.search_parts import SearchPart
from domain.adapters.search_terms import Term
from domain.adapters.search_words import found_words
from domain.adapters.words import words
from domain.errors import ErrorCode, WorldFailure
from tests.small_disks import small_disk
from tests.workers.indexes import MEMORY_BYTES, built_parts, write_texts
from tests.workers.ingests import PARAGRAPHS, finish
from workers.index_part import BATCH_BYTES, index_part
from workers.indexing import complete_index, plan_index

ODD: list[str | None] = ["a/b", None, "", "日本語の本 abc日本", "cafe\u0301 \U0001f600", "nul\0nul", "STRASSE Straße"]
ODD.append("x" * 70_000)
CJK_CHARACTERS = np.random.default_rng(6)


def part_of(folder: Path, target: Path, **asked: Any) -> tuple[dict[str, Any], SearchPart]:
    """The only part of the split `train`: what is told of it, and it opened."""
    columns = asked.pop("columns", ["text"])
    given = {"text_column": columns[0], "language": None, "memory": MEMORY_BYTES, "start": 0, "stop": 1_000, **asked}
    told, _ = finish(index_part(folder=str(folder), split="train", columns=columns, target=str(target), **given))
    return told, SearchPart(target)


def rows_with(part: SearchPart, text: str, **asked: Any) -> list[int]:
    term = Term([found.word for found in found_words(text)], **asked)
    return np.flatnonzero(np.unpackbits(part.having(term), count=part.rows, bitorder="little")).tolist()


def dataset(tmp_path: Path, texts: list[str | None], kind: pa.DataType | None = None) -> Path:
    return write_texts(tmp_path / "data", {"train": pa.table({"text": pa.array(texts, kind or pa.string())})})


def test_its_ledger_tells_every_file_and_how_many_rows_were_indexed(tmp_path: Path) -> None:
    folder = dataset(tmp_path, ODD)
    told, part = part_of(folder, tmp_path / "part", stop=len(ODD))
    assert {**told, "files": None, "bytes": None} == {
        "split": "train", "start": 0, "stop": len(ODD), "file": "part", "rows": len(ODD), "indexed": len(ODD),
        "files": None, "bytes": None,
    }  # fmt: skip
    written = {str(path.relative_to(part.folder)): path for path in part.folder.rglob("*") if path.is_file()}
    assert told["files"] == {
        name: [path.stat().st_size, hashlib.sha256(path.read_bytes()).hexdigest()] for name, path in written.items()
    }
    assert told["bytes"] == sum(path.stat().st_size for path in written.values())
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith("part")] == ["part"]


@pytest.mark.slow
@pytest.mark.parametrize("kind", [pa.string(), pa.large_string(), pa.string_view()], ids=str)
def test_words_of_each_row_are_the_design_s_whatever_strings_they_come_in(tmp_path: Path, kind: pa.DataType) -> None:
    texts = [*ODD, *PARAGRAPHS[:300]]
    _, part = part_of(dataset(tmp_path, texts, kind), tmp_path / "part", start=2, stop=len(texts))
    assert part.words.tolist() == [len(words(text or "")) for text in texts[2:]]
    assert (part.start, part.stop, part.rows) == (2, len(texts), len(texts) - 2)
    assert rows_with(part, "本") == [1]


def test_a_long_document_is_indexed_to_its_last_word(tmp_path: Path) -> None:
    long = "".join(f"word{number} " for number in range(200_000)) + "the very end"
    assert len(long) > 2_000_000
    told, part = part_of(dataset(tmp_path, ["a", long, "b"]), tmp_path / "part", stop=3)
    assert told["indexed"] == 3
    assert rows_with(part, "very end") == rows_with(part, "word199999 the very") == [1]
    assert part.words.tolist() == [1, 200_003, 1]


def test_a_text_for_which_there_is_no_memory_is_left_out_and_its_words_are_counted(tmp_path: Path) -> None:
    long = "größer " * (BATCH_BYTES // 3) + "end"
    solid, wordless = "x" * (5 * BATCH_BYTES), "\U0001f600" * (2 * BATCH_BYTES)
    folder = dataset(tmp_path, ["the end", long, solid, wordless, "an end"])
    told, part = part_of(folder, tmp_path / "part", stop=5, memory=1)
    assert (told["rows"], told["indexed"], part.indexed) == (5, 2, 2)
    assert rows_with(part, "end") == [0, 4]
    assert part.words.tolist() == [2, BATCH_BYTES // 3 + 1, 1, 0, 2]


def test_memory_goes_by_the_pieces_of_a_long_text_and_not_by_its_length_alone(tmp_path: Path) -> None:
    same, others = "日本語の本 " * 20_000, "".join(map(chr, CJK_CHARACTERS.integers(0x4E00, 0x9FA0, 90_000).tolist()))
    assert len(same.encode()) > len(others.encode()) > BATCH_BYTES
    folder = dataset(tmp_path, ["本の日", same, others, "あの本"])
    told, part = part_of(folder, tmp_path / "part", stop=4, memory=12_000_000)
    assert (told["indexed"], rows_with(part, "本")) == (3, [0, 1, 3])
    assert part.words.tolist() == [1, 20_000, 1, 1]
    told, _ = part_of(folder, tmp_path / "whole", stop=4)
    assert told["indexed"] == 4


def test_rows_for_whose_new_words_there_is_no_memory_left_are_left_out(tmp_path: Path) -> None:
    rows = [" ".join(f"word{row}number{number}" for number in range(100)) for row in range(1_500)]
    folder = dataset(tmp_path, [*rows, "the end", "", None])
    told, part = part_of(folder, tmp_path / "part", stop=1_503, memory=1)
    assert 0 < told["indexed"] < 1_500
    assert rows_with(part, "word0number0") == [0]
    assert (rows_with(part, "end"), part.words.tolist()) == ([], [100] * 1_500 + [2, 0, 0])


def test_little_memory_makes_the_same_of_many_rows(tmp_path: Path) -> None:
    texts = [f"{text} row{number}" for number in range(4) for text in PARAGRAPHS]
    folder = dataset(tmp_path, texts)
    _, small = part_of(folder, tmp_path / "small", stop=len(texts), memory=1)
    _, large = part_of(folder, tmp_path / "large", stop=len(texts))
    for text in ("the", "of the", "string", "as well as", "row3", "of row2"):
        found = rows_with(large, text)
        assert rows_with(small, text) == found == [row for row, each in enumerate(texts) if _follow(each, text)]
        assert found


def test_a_word_written_rarely_otherwise_is_found_with_those_that_fold_to_it(tmp_path: Path) -> None:
    texts: list[str | None] = ["\u017fo it is" for _ in range(200)]
    _, part = part_of(dataset(tmp_path, [*texts, "so", "other"]), tmp_path / "part", stop=202)
    assert rows_with(part, "so") == list(range(201))
    assert rows_with(part, "so it") == list(range(200))


def _follow(text: str, wanted: str) -> bool:
    return f" {wanted} " in f" {' '.join(words(text))} "


def test_with_a_language_words_are_found_by_their_stems_and_prefixes_as_they_are_written(tmp_path: Path) -> None:
    texts: list[str | None] = ["She runs", "he was running home", "a runner, 日本語", "run"]
    _, part = part_of(dataset(tmp_path, texts), tmp_path / "part", stop=4, language="english")
    assert rows_with(part, "RUN") == rows_with(part, "running") == [0, 1, 3]
    assert rows_with(part, "he was runs") == [1]
    assert rows_with(part, "runn", is_prefix=True) == [1, 2]
    assert rows_with(part, "was runn", is_prefix=True) == [1]
    assert rows_with(part, "本") == [2]


def test_a_full_disk_is_told_and_nothing_is_left(tmp_path: Path) -> None:
    folder = dataset(tmp_path, PARAGRAPHS * 8)
    with small_disk(tmp_path / "disk", 1) as disk:
        with pytest.raises(WorldFailure) as failure:
            part_of(folder, disk / "part", stop=8 * len(PARAGRAPHS))
        assert failure.value.code == ErrorCode.INSUFFICIENT_STORAGE
        assert list(disk.iterdir()) == []


def test_rows_are_cut_into_parts_and_a_split_without_rows_has_none(tmp_path: Path) -> None:
    empty, some = {"text": [], "title": []}, {"text": PARAGRAPHS[:100], "title": ["x" * 1_000] * 100}
    folder = write_texts(tmp_path / "data", {"none": empty, "train": some, "test": some})
    planned, _ = finish(plan_index(folder=str(folder), columns=["text", "title"], part_bytes=50_000))
    pieces = planned["pieces"]
    assert len(pieces) > 4
    assert [piece["split"] for piece in pieces] == sorted([piece["split"] for piece in pieces], reverse=True)
    for split in ("train", "test"):
        starts, stops = ([p[end] for p in pieces if p["split"] == split] for end in ("start", "stop"))
        assert [*starts, 100] == [0, *stops]


def complete(tmp_path: Path, pieces: list[dict[str, Any]]) -> dict[str, Any]:
    given = {"columns": ["text"], "text_column": "text", "language": None, "rows": len(PARAGRAPHS)}
    return finish(complete_index(final=str(tmp_path / "index"), pieces=pieces, **given))[0]


def test_parts_become_an_index_in_the_order_of_rows(tmp_path: Path) -> None:
    pieces = built_parts(dataset(tmp_path, [*PARAGRAPHS]), tmp_path / "work", ["text"], part_bytes=200_000)
    told = complete(tmp_path, pieces)
    index = SearchIndex.open(tmp_path / "index")
    assert (index.rows, index.indexed) == (told["rows"], told["indexedRows"]) == (len(PARAGRAPHS), len(PARAGRAPHS))
    assert told["sizeBytes"] == sum(p.stat().st_size for p in (tmp_path / "index").rglob("*") if p.is_file())
    assert (index.columns, index.text_column, index.language) == (["text"], "text", None)
    assert [part.start for part in index.parts] == [piece["start"] for piece in pieces]
    found = [part.start + row for part in index.parts for row in rows_with(part, "class")]
    assert found == [row for row, text in enumerate(PARAGRAPHS) if "class" in words(text)]


@pytest.mark.parametrize("damage", ["gone", "shorter", "other"])
def test_a_part_that_is_not_what_its_ledger_says_is_made_again(tmp_path: Path, damage: str) -> None:
    pieces = built_parts(dataset(tmp_path, [*PARAGRAPHS]), tmp_path / "work", ["text"], part_bytes=100_000)
    file = Path(pieces[1]["file"], "rows.bin")
    content = file.read_bytes()
    file.unlink()
    if damage != "gone":
        file.write_bytes(content[:-1] + (b"" if damage == "shorter" else b"x"))
    with pytest.raises(WorldFailure) as failure:
        complete(tmp_path, pieces)
    assert (failure.value.code, failure.value.retryable) == (ErrorCode.CHECKSUM_MISMATCH, True)
    assert failure.value.damaged == (Path(pieces[1]["file"]).name,)
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith("index")] == []
