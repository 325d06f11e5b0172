"""Files that are made to do harm: bombs, endless lines, claims that no file can keep, marks and odd encodings."""

import gzip
import io
import json
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from domain.errors import ErrorCode
from tests.workers.hub_bench import HubBench
from tests.workers.ingests import COMPRESSIONS, CONTENTS, Ingest, failure_of
from tests.workers.test_bad_input import shows_and_keeps
from workers.bounded_bytes import FREE_BYTES, LONGEST_LINE_BYTES

pytestmark = pytest.mark.slow

MEGABYTE = 1 << 20
# More than any file may come to that packs by a thousand.
TOO_MUCH = FREE_BYTES * 2
LINE = b"x" * 9_000
BOMBS: dict[str, Callable[[], bytes]] = {
    "txt": lambda: (LINE + b"\n") * (TOO_MUCH // 9_000),
    "csv": lambda: b"text\n" + (LINE + b"\n") * (TOO_MUCH // 9_000),
    "jsonl": lambda: (b'{"text": "' + LINE + b'"}\n') * (TOO_MUCH // 9_000),
    "parquet": lambda: b"PAR1" + bytes(TOO_MUCH),
    "arrow": lambda: b"ARROW1" + bytes(TOO_MUCH),
}


@pytest.fixture
def ingest(tmp_path: Path) -> Ingest:
    return Ingest(tmp_path)


@pytest.fixture
def bench(hub_bench: HubBench) -> HubBench:
    return hub_bench


def nothing_is_left(ingest: Ingest, *names: str) -> None:
    """No scratch and no half a file."""
    assert [path.name for path in ingest.folder.rglob("*") if path.is_file()] == list(names)


@pytest.mark.parametrize(
    ("kind", "packed", "on_error"),
    [
        *((kind, "gz", "FAIL") for kind in BOMBS),
        ("txt", "zst", "FAIL"),
        ("parquet", "zst", "FAIL"),
        ("csv", "gz", "SKIP"),
        ("jsonl", "zst", "SKIP"),
    ],
)
def test_a_bomb_stops_at_the_ratio_whatever_is_done_with_bad_rows(
    ingest: Ingest, kind: str, packed: str, on_error: str
) -> None:
    content = COMPRESSIONS[packed](BOMBS[kind]())
    ingest.on_error = on_error
    ingest.add(f"rows.{kind}.{packed}", "train", content)
    failure = failure_of(ingest.run)
    assert failure.code == ErrorCode.CORRUPT_DATA
    assert f"rows.{kind}.{packed} comes to more than 200 times its {len(content):,} bytes" in failure.message
    nothing_is_left(ingest, f"rows.{kind}.{packed}")


def test_a_name_in_gzip_that_has_no_end_is_corrupt(ingest: Ingest) -> None:
    """It would be read byte by byte, for as long as the file is."""
    name = b"a name " * MEGABYTE
    packed = b"\x1f\x8b\x08\x08" + bytes(6) + name + b"\0" + gzip.compress(LINE + b"\n")[10:]
    ingest.add("rows.txt.gz", "train", packed)
    failure = failure_of(ingest.run)
    assert (failure.code, "where gzip has a name" in failure.message) == (ErrorCode.CORRUPT_DATA, True)
    nothing_is_left(ingest, "rows.txt.gz")


def test_what_packs_well_is_no_bomb_below_the_free_bytes_or_by_setting(ingest: Ingest) -> None:
    ingest.add("rows.txt.gz", "train", gzip.compress((LINE + b"\n") * 2_000))
    assert ingest.run()["rowCount"] == 2_000


def test_a_bomb_is_told_by_the_dataset_by_the_ratio_of_the_setting_and_leaves_nothing(bench: HubBench) -> None:
    bench.set(max_ratio=50)
    assert bench.upload(gzip.compress((LINE + b"\n") * (TOO_MUCH // 9_000)), "rows.txt.gz") == "FAILED"
    assert "comes to more than 50 times" in shows_and_keeps(bench, "CORRUPT_DATA")
    bench.a_day_later()
    assert [bench.adapters.storage / str(bench.state.downloaded)] == list(bench.home.iterdir())


def test_what_is_packed_twice_is_of_no_format(bench: HubBench) -> None:
    assert bench.upload(gzip.compress(gzip.compress(b"a\n" * MEGABYTE)), "rows.txt.gz") == "FAILED"
    shows_and_keeps(bench, "UNSUPPORTED_FORMAT")


def parquet(table: Any, **options: Any) -> bytes:
    file = io.BytesIO()
    pq.write_table(table, file, **options)
    return file.getvalue()


def test_parquet_that_claims_to_unpack_to_more_than_the_ratio_is_a_bomb(ingest: Ingest) -> None:
    zeros = pa.table({"text": ["a"] * 10, "n": pa.array([bytes(TOO_MUCH // 10)] * 10)})
    content = parquet(zeros, compression="zstd", use_dictionary=False)
    assert len(content) < MEGABYTE
    ingest.add("rows.parquet", "train", content)
    failure = failure_of(ingest.run)
    assert (failure.code, "comes to more than 200 times" in failure.message) == (ErrorCode.CORRUPT_DATA, True)
    nothing_is_left(ingest, "rows.parquet")


def test_parquet_whose_rows_come_to_more_than_the_ratio_once_they_are_written_is_a_bomb(ingest: Ingest) -> None:
    """Each row names the same long text, which the file has once."""
    text = "".join(f"{number} words " for number in range(400))
    ingest.add("rows.parquet", "train", parquet(pa.table({"text": [text] * (TOO_MUCH // len(text))})))
    failure = failure_of(ingest.run)
    assert (failure.code, "comes to more than 200 times" in failure.message) == (ErrorCode.CORRUPT_DATA, True)


@pytest.mark.parametrize("claimed", [1 << 40, (1 << 63) - 1, -5])
def test_an_arrow_batch_that_claims_more_than_there_is_is_corrupt(ingest: Ingest, claimed: int) -> None:
    table = pa.table({"text": ["a word or two of them"] * 1000})
    file = io.BytesIO()
    with pa.ipc.new_stream(file, table.schema, options=pa.ipc.IpcWriteOptions(compression="zstd")) as stream:
        stream.write_table(table)
    content = bytearray(file.getvalue())
    place = content.index(b"\x28\xb5\x2f\xfd") - 8  # before each packed buffer stands what it unpacks to
    struct.pack_into("<q", content, place, claimed)
    ingest.add("rows.arrow", "train", bytes(content))
    assert failure_of(ingest.run).code == ErrorCode.CORRUPT_DATA


def test_work_that_takes_too_much_memory_is_ended_and_says_so(bench: HubBench) -> None:
    """Rows of 3 MB each, of which the file has one: a batch of them does not fit into any memory."""
    bench.set(work_memory=900 * MEGABYTE)
    rows = pa.DictionaryArray.from_arrays(pa.array([0] * 20_000, pa.int32()), ["long " * (MEGABYTE // 2)])
    options = {"compression": "zstd", "dictionary_pagesize_limit": 8 * MEGABYTE, "store_schema": False}
    content = parquet(pa.table({"text": rows}), **options)
    assert len(content) < MEGABYTE
    assert bench.upload(content, "rows.parquet") == "FAILED"
    told = shows_and_keeps(bench, "WORKER_LOST")
    assert told.startswith(f"It took more than {900 * MEGABYTE:,} bytes of memory, and was ended")
    bench.a_day_later()
    assert [bench.adapters.storage / str(bench.state.downloaded)] == list(bench.home.iterdir())


LONG = b"x" * (LONGEST_LINE_BYTES + MEGABYTE)
ENDLESS: dict[str, tuple[bytes, int]] = {
    "csv": (b"text\none\ntwo\n" + LONG + b"\nfour\n", 4),
    "tsv": (b"text\tn\none\t1\ntwo\t2\n" + LONG + b"\t3\nfour\t4\n", 4),
    "jsonl": (b'{"text": "one"}\n{"text": "' + LONG + b'"}\n{"text": "three"}\n', 2),
    "txt": (b"one\ntwo\n" + LONG + b"\nfour\n", 3),
}


@pytest.mark.parametrize("packed", ["", ".gz"])
@pytest.mark.parametrize("kind", list(ENDLESS))
def test_a_line_that_is_too_long_is_named_or_skipped_by_choice(ingest: Ingest, kind: str, packed: str) -> None:
    content, number = ENDLESS[kind]
    ingest.add(f"rows.{kind}{packed}", "train", gzip.compress(content, 1) if packed else content)
    failure = failure_of(ingest.run)
    assert failure.code == ErrorCode.CORRUPT_DATA
    assert f"rows.{kind}{packed} has a line of more than 67,108,864 bytes, which is line {number}:" in failure.message
    if packed:
        return
    ingest.on_error = "SKIP"
    done = ingest.run()
    rows = {"csv": 3, "tsv": 3, "jsonl": 2, "txt": 3}[kind]
    assert (done["rowCount"], done["skippedRows"]) == (rows, 1)
    assert done["skipped"][0]["place"] == f"line {number}"


def test_a_value_of_an_array_that_is_too_long_is_told(ingest: Ingest) -> None:
    ingest.add("rows.json", "train", b'[{"text": "one"}, {"text": "' + LONG + b'"}]')
    failure = failure_of(ingest.run)
    assert failure.code == ErrorCode.CORRUPT_DATA
    assert "rows.json holds a value of more than 67,108,864 bytes" in failure.message


@pytest.mark.parametrize("packed", ["", ".gz", ".zst"])
@pytest.mark.parametrize("kind", ["csv", "tsv", "json", "jsonl", "txt"])
def test_the_mark_of_utf_8_is_taken_off(ingest: Ingest, kind: str, packed: str) -> None:
    content = b"\xef\xbb\xbf" + CONTENTS[kind]([{"text": "one", "n": 1}, {"text": "two", "n": 2}])
    ingest.add(f"rows.{kind}{packed}", "train", COMPRESSIONS[packed[1:]](content) if packed else content)
    ingest.run()
    loaded = ingest.loaded()["train"]
    assert (loaded.column_names[0], loaded["text"][:]) == ("text", ["one", "two"])


@pytest.mark.parametrize("on_error", ["FAIL", "SKIP"])
@pytest.mark.parametrize("encoding", ["utf-16", "utf-32"])
@pytest.mark.parametrize("kind", ["csv", "tsv", "jsonl", "json", "txt"])
def test_text_in_wider_encodings_says_to_convert_it(bench: HubBench, kind: str, encoding: str, on_error: str) -> None:
    rows = [{"text": "one", "n": 1}, {"text": "two", "n": 2}]
    content = CONTENTS[kind](rows).decode().encode(encoding)
    assert bench.upload(content, f"rows.{kind}", on_error=on_error) == "FAILED"
    assert "convert it to UTF-8" in shows_and_keeps(bench, "INVALID_ENCODING")


def test_ragged_rows_are_named_or_skipped_by_choice(ingest: Ingest) -> None:
    ingest.add("rows.csv", "train", b"text,n\none,1\ntwo,2,2\nthree,3\n")
    failure = failure_of(ingest.run)
    assert (failure.code, "line 3" in failure.message) == (ErrorCode.CORRUPT_DATA, True)
    ingest.on_error = "SKIP"
    done = ingest.run()
    assert (done["rowCount"], done["skippedRows"], done["skipped"][0]["place"]) == (2, 1, "line 3")


@pytest.mark.parametrize(
    ("content", "line", "kept"),
    [
        (b"a,b\n1,2\n3,4\n4,5,6\n7,8\n", 4, [(1, 2), (3, 4), (7, 8)]),
        (b"a,b\n4,5,6\n7,8\n", 2, [(7, 8)]),
        (b'a,b\n1,"2,3"\n4,5,6\n7,8,9\n', 3, [(1, "2,3")]),
    ],
)
def test_a_row_with_more_fields_than_the_header_moves_no_others(
    ingest: Ingest, content: bytes, line: int, kept: list[tuple[Any, Any]]
) -> None:
    """Alone, or first, it would name its row, and the rest of it stand under the header."""
    ingest.add("rows.csv", "train", content)
    failure = failure_of(ingest.run)
    assert (failure.code, f"in line {line}, saw 3" in failure.message) == (ErrorCode.CORRUPT_DATA, True)
    ingest.on_error = "SKIP"
    assert ingest.run()["skipped"][0]["place"] == f"line {line}"
    assert [(row["a"], row["b"]) for row in ingest.loaded()["train"]] == kept


def test_rows_that_all_begin_with_a_name_are_read_as_datasets_does(ingest: Ingest) -> None:
    ingest.add("rows.csv", "train", b"a,b\nx,1,2\ny,3,4\n")
    assert ingest.run()["skippedRows"] == 0
    assert [(row["a"], row["b"]) for row in ingest.loaded()["train"]] == [(1, 2), (3, 4)]


def test_a_quote_within_a_field_is_part_of_it(ingest: Ingest) -> None:
    """It opens nothing, so the commas after it are counted as the reader does."""
    ingest.add("rows.csv", "train", b'a,b\n5",x\nit"s,"c, d, e"\n6",y\n')
    assert ingest.run()["skippedRows"] == 0
    assert [row["b"] for row in ingest.loaded()["train"]] == ["x", "c, d, e", "y"]


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_rows_between_quotes_within_fields_are_not_skipped_with_a_bad_one_among_them(
    ingest: Ingest, mark: bytes
) -> None:
    ingest.on_error = "SKIP"
    rows = b'1,x\n2,5" nail\n3,"y\nz"\n4,z,too many\n5,v\n6,6" nail\n7,w\n'
    ingest.add("rows.csv", "train", mark + b'"a\nb",c\n' + rows)
    done = ingest.run()
    assert (done["skippedRows"], done["skipped"][0]["place"]) == (1, "line 7")
    assert [row["a\nb"] for row in ingest.loaded()["train"]] == [1, 2, 3, 5, 6, 7]


def test_a_quote_that_is_never_closed_is_corrupt(ingest: Ingest) -> None:
    ingest.add("rows.csv", "train", b'text,n\n"one,1\n' + b"two,2\n" * MEGABYTE)
    assert failure_of(ingest.run).code == ErrorCode.CORRUPT_DATA


@pytest.mark.parametrize("packed", ["", ".gz"])
def test_a_record_that_a_quote_keeps_open_is_named_or_skipped_by_choice(ingest: Ingest, packed: str) -> None:
    """Before it has taken the memory that the whole file would."""
    rest = (b"x" * 999_997 + b",2\n") * (LONGEST_LINE_BYTES // 1_000_000 + 1)
    content = b'text,n\n"one",1\n"two,1\n' + rest
    ingest.add(f"rows.csv{packed}", "train", gzip.compress(content, 1) if packed else content)
    failure = failure_of(ingest.run)
    assert failure.code == ErrorCode.CORRUPT_DATA
    assert "has a record of more than 67,108,864 bytes, which begins in line 3: a quote" in failure.message
    ingest.on_error = "SKIP"
    done = ingest.run()
    assert (done["rowCount"], done["skippedRows"], done["skipped"][0]["place"]) == (1 + rest.count(b"\n"), 1, "line 3")


@pytest.mark.parametrize("shape", ["lists", "objects"])
@pytest.mark.parametrize("kind", ["json", "jsonl"])
def test_json_nested_10_000_deep_is_told(ingest: Ingest, kind: str, shape: str) -> None:
    deep = "[" * 10_000 + "]" * 10_000 if shape == "lists" else '{"a":' * 10_000 + "1" + "}" * 10_000
    row = '{"text": "a", "deep": ' + deep + "}"
    ingest.add(f"rows.{kind}", "train", (f"[{row}]" if kind == "json" else f"{row}\n{json.dumps({})}\n").encode())
    failure = failure_of(ingest.run)
    assert (failure.code, "nested more than" in failure.message) == (ErrorCode.CORRUPT_DATA, True)
