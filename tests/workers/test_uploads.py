"""Uploads from the command to their end, by the real dispatcher, worker and child: the ingest of a Hub dataset."""

import gzip
import io
import json
from collections.abc import Callable
from pathlib import Path

import datasets
import pyarrow as pa
import pytest

from domain import commands as ask
from domain.events import IngestCompleted
from tests.domain.stories import DATASET, JOB
from tests.workers.hub_bench import HubBench
from tests.workers.ingests import COMPRESSIONS, CONTENTS, READERS, rows_of
from tests.workers.test_bad_input import shows_and_keeps
from tests.workers.test_formats import plain, rows_for

LINES = b"".join(json.dumps({"text": f"line {number}"}).encode() + b"\n" for number in range(50))
Send = Callable[..., str]


@pytest.fixture
def bench(hub_bench: HubBench) -> HubBench:
    return hub_bench


@pytest.fixture
def send(bench: HubBench) -> Send:
    """Uploads a file, and works until all is over; the status of its dataset."""
    return bench.upload


def loaded(bench: HubBench) -> datasets.DatasetDict:
    found = datasets.load_from_disk(str(bench.adapters.storage / str(bench.state.folder)))
    assert isinstance(found, datasets.DatasetDict)
    return found


def expected(kind: str, folder: Path, content: bytes) -> list[str]:
    """What `load_dataset` makes of the plain file."""
    (folder / f"rows.{kind}").write_bytes(content)
    options = {"sep": "\t"} if kind == "tsv" else {}
    files = {"train": str(folder / f"rows.{kind}")}
    made = datasets.load_dataset(READERS[kind], data_files=files, cache_dir=str(folder / "cache"), **options)
    return plain(made["train"])


@pytest.mark.sampled(11)
@pytest.mark.parametrize("packed", ["", ".gz", ".zst"])
@pytest.mark.parametrize("kind", list(READERS))
def test_every_format_gives_the_rows_of_load_dataset(
    bench: HubBench, send: Send, tmp_path: Path, kind: str, packed: str
) -> None:
    content = CONTENTS[kind](rows_for(kind, 0, 300))
    file = COMPRESSIONS[packed[1:]](content) if packed else content
    assert send(file, f"rows.{kind}{packed}") == "READY"
    assert bench.state.source["format"] == kind + packed
    found = loaded(bench)
    assert list(found) == ["train"]
    assert plain(found["train"]) == expected(kind, tmp_path, content)
    assert bench.row()["text_column"] == "text"


@pytest.mark.parametrize("packed", ["", ".gz", ".zst"])
def test_an_arrow_file_with_a_footer_is_read_like_a_stream(bench: HubBench, send: Send, packed: str) -> None:
    table, file = pa.table({"text": ["one", "two"]}), io.BytesIO()
    with pa.ipc.new_file(file, table.schema) as writer:
        writer.write_table(table)
    content = COMPRESSIONS[packed[1:]](file.getvalue()) if packed else file.getvalue()
    assert send(content, "rows") == "READY"
    assert bench.state.source["format"] == f"arrow{packed}"
    assert loaded(bench)["train"]["text"][:] == ["one", "two"]


def test_a_file_under_a_wrong_name_is_read_as_what_it_is(bench: HubBench, send: Send) -> None:
    assert send(gzip.compress(LINES), "rows.parquet") == "READY"
    assert bench.row()["row_count"] == 50


def test_what_was_asked_holds_for_the_ingest(bench: HubBench, send: Send) -> None:
    content = b"text,body\na,b c\n"
    assert send(content, "rows.csv", split="validation.clean", text_column="body") == "READY"
    assert list(loaded(bench)) == ["validation.clean"]
    assert bench.row()["text_column"] == "body"


def test_the_original_goes_after_a_checked_ingest(bench: HubBench, send: Send) -> None:
    assert send(LINES, "rows.jsonl") == "READY"
    assert [bench.adapters.storage / str(bench.state.folder)] == list(bench.home.iterdir())
    assert bench.unaccounted() == []


@pytest.mark.parametrize("name", ["[1]*.csv", "a::b.csv", "zip://x.csv", "-rf.csv", "東京 {split}.csv", "a%20b?.csv"])
def test_a_file_of_any_name_is_read(bench: HubBench, send: Send, name: str) -> None:
    assert send(b"text\nalpha\n", name) == "READY"


BAD: dict[str, tuple[bytes, str, str, str]] = {
    "empty": (b"", "rows.csv", "EMPTY_DATASET", "no rows"),
    "empty jsonl": (b"", "rows.jsonl", "EMPTY_DATASET", "no rows"),
    "empty txt": (b"", "rows.txt", "EMPTY_DATASET", "no rows"),
    "empty parquet": (b"", "rows.parquet", "EMPTY_DATASET", "no rows"),
    "empty gz": (gzip.compress(b""), "rows.jsonl.gz", "EMPTY_DATASET", "no rows"),
    "a header alone": (b"a,b\n", "rows.csv", "EMPTY_DATASET", "no rows"),
    "a picture": (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "rows.csv", "UNSUPPORTED_FORMAT", "upload csv, tsv, json"),
    "an archive": (b"PK\x03\x04\0\0", "rows.zip", "UNSUPPORTED_FORMAT", "upload csv, tsv, json"),
    "latin-1": (b"text\ncaf\xe9\n", "rows.csv", "INVALID_ENCODING", "at line 2: convert it to UTF-8"),
    "latin-1 text": (b"one\ncaf\xe9\n", "rows.txt", "INVALID_ENCODING", "at line 2: convert it to UTF-8"),
    "utf-16": ("text\nä\n".encode("utf-16"), "rows.csv", "INVALID_ENCODING", "convert it to UTF-8"),
    "a bad line": (LINES + b'{"text": \n' + LINES, "rows.jsonl", "CORRUPT_DATA", "at line 51: repair"),
    "ragged": (b"a,b\n1,2\n3,4\n1,2,3\n", "rows.csv", "CORRUPT_DATA", "repair"),
    "cut parquet": (CONTENTS["parquet"](rows_of(0, 9))[:-9], "rows.parquet", "CORRUPT_DATA", "repair"),
    "cut gz": (gzip.compress(LINES)[:-20], "rows.jsonl.gz", "CORRUPT_DATA", "repair"),
    "cut zst": (COMPRESSIONS["zst"](LINES)[:-9], "rows.jsonl.zst", "CORRUPT_DATA", "repair"),
    "cut packed parquet": (gzip.compress(CONTENTS["parquet"](rows_of(0, 9)))[:-20], "a", "CORRUPT_DATA", "repair"),
    "deep": (('{"text": ' + "[" * 9999 + "]" * 9999 + "}\n").encode(), "rows.jsonl", "CORRUPT_DATA", "nested"),
}


@pytest.mark.sampled(8)
@pytest.mark.parametrize("case", list(BAD))
def test_what_cannot_be_read_says_where_and_what_to_do_and_stays_for_a_retry(
    bench: HubBench, send: Send, case: str
) -> None:
    content, name, code, told = BAD[case]
    assert send(content, name) == "FAILED"
    assert told in shows_and_keeps(bench, code)
    assert bench.retry() == "FAILED"
    assert told in shows_and_keeps(bench, code)
    bench.a_day_later()
    assert [bench.adapters.storage / str(bench.state.downloaded)] == list(bench.home.iterdir())


def test_a_bad_line_is_skipped_by_choice_and_counted_under_the_file_s_name(bench: HubBench, send: Send) -> None:
    assert send(LINES + b'{"text": \n' + LINES, "rows.jsonl", on_error="SKIP") == "READY"
    [ready] = [event for event in bench.events if isinstance(event, IngestCompleted)]
    assert (ready.row_count, ready.skipped_rows) == (100, 1)
    assert [(place["file"], place["place"]) for place in ready.skipped] == [("rows.jsonl", "line 51")]


def test_a_column_that_is_not_there_is_told(bench: HubBench, send: Send) -> None:
    assert send(LINES, "rows.jsonl", text_column="body") == "FAILED"
    assert "body" in shows_and_keeps(bench, "COLUMN_NOT_FOUND")


def test_what_its_ingest_has_no_room_for_fails_and_is_ready_once_there_is(bench: HubBench, send: Send) -> None:
    bench.set(quota=len(LINES) + 1000)
    assert send(LINES, "rows.jsonl") == "FAILED"
    failed = shows_and_keeps(bench, "INSUFFICIENT_STORAGE")
    assert failed.startswith("Reading rows.jsonl needs about ")
    assert "upload it in parts; then retry" in failed
    assert bench.row()["error"]["retryable"] is True
    bench.set(quota=None)
    assert bench.retry() == "READY"


def test_a_cancelled_ingest_keeps_the_file_and_is_done_after_all(bench: HubBench, send: Send) -> None:
    bench.set(quota=1)
    send(LINES, "rows.jsonl")
    bench.set(quota=None)
    of_job = {"dataset_id": DATASET, "job_id": JOB}
    bench.command(ask.RetryJob(**of_job))
    bench.command(ask.CancelJob(**of_job))
    assert bench.rest() == "CANCELLED"
    assert [bench.adapters.storage / str(bench.state.downloaded)] == list(bench.home.iterdir())
    bench.command(ask.RetryJob(**of_job))
    assert bench.rest() == "READY"
