"""A disk that is full or fails is no fault of the files on it: nothing is skipped for it, and a retry reads them."""

import errno
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from domain.errors import ErrorCode, WorldFailure
from tests.small_disks import small_disk
from tests.workers.ingests import COMPRESSIONS, Ingest, failure_of, rows_of, rows_of_bytes
from workers import bounded_bytes, column_files, json_documents
from workers.damage import told_of
from workers.salvage import Salvage

# About the middle of the files that fail.
FAILS_AT = 1 << 20
LINES = ("jsonl", "csv", "jsonl.gz", "csv.gz")


@pytest.fixture(params=["FAIL", "SKIP"])
def ingest(tmp_path: Path, request: pytest.FixtureRequest) -> Ingest:
    made = Ingest(tmp_path)
    made.on_error = request.param
    return made


def stale() -> OSError:
    return OSError(errno.ESTALE, os.strerror(errno.ESTALE))


def fail_behind(monkeypatch: pytest.MonkeyPatch, is_gone: Callable[[], bool] = lambda: True) -> None:
    """Reads of text fail in the middle as those of a mount that went away do."""
    read = bounded_bytes._Counted.readinto

    def readinto(file: Any, buffer: Any) -> int:
        if is_gone() and file._done > FAILS_AT:
            raise stale()
        return read(file, buffer)

    monkeypatch.setattr(bounded_bytes._Counted, "readinto", readinto)


def assert_it_is_read_by_a_retry(ingest: Ingest, plan: dict[str, Any], rows: int) -> None:
    [piece] = ingest.pieces(plan)
    assert (piece["rows"], piece["skipped"]) == (rows, {"rows": 0, "places": []} if ingest.on_error == "SKIP" else None)


@pytest.mark.slow
@pytest.mark.parametrize("kind", LINES)
def test_text_on_a_mount_that_went_away_is_not_cut_there(
    ingest: Ingest, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = rows_of_bytes(4 << 20, 1000)
    ingest.add(f"train.{kind}", "train", rows)
    plan = ingest.plan()
    with monkeypatch.context() as gone:
        fail_behind(gone)
        failure = failure_of(lambda: ingest.pieces(plan))
    assert (failure.code, failure.retryable) == (ErrorCode.TRY_AGAIN, True)
    assert f"train.{kind} could not be read (Stale file handle)" in failure.message
    assert_it_is_read_by_a_retry(ingest, plan, len(rows))


@pytest.mark.slow
def test_what_is_salvaged_is_not_cut_where_a_mount_goes_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # given a file with a bad line at its front, whose other lines are looked for one by one
    ingest = Ingest(tmp_path)
    ingest.on_error = "SKIP"
    good = b"".join(b'{"text": "%d"}\n' % number for number in range(200_000))
    ingest.add("train.jsonl", "train", b'{"text": "0"}\n{"text": \n' + good)
    plan = ingest.plan()

    # when the mount goes away meanwhile
    salvaging: list[str] = []
    is_possible = Salvage.is_possible
    monkeypatch.setattr(Salvage, "is_possible", lambda one: salvaging.append(one.path) or is_possible(one))
    with monkeypatch.context() as gone:
        fail_behind(gone, lambda: bool(salvaging))
        failure = failure_of(lambda: ingest.pieces(plan))

    # then that is told, and a retry finds all but the bad line
    assert (failure.code, failure.retryable, salvaging) == (ErrorCode.TRY_AGAIN, True, ["train.jsonl"])
    [piece] = ingest.pieces(plan)
    assert (piece["rows"], piece["skipped"]["rows"]) == (200_001, 1)


def failing_batches(*_given: object, **_options: object) -> Iterator[Any]:
    raise stale()
    yield


@pytest.mark.parametrize(
    ("kind", "of", "name"),
    [("parquet", pq.ParquetFile, "iter_batches"), ("arrow", column_files, "_batches")],
)
def test_columns_that_could_not_be_read_are_not_left_out(
    ingest: Ingest, kind: str, of: object, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ingest.add(f"train.{kind}", "train", rows_of(0, 100))
    plan = ingest.plan()
    with monkeypatch.context() as gone:
        gone.setattr(of, name, failing_batches)
        failure = failure_of(lambda: ingest.pieces(plan))
    assert (failure.code, failure.retryable) == (ErrorCode.TRY_AGAIN, True)
    assert_it_is_read_by_a_retry(ingest, plan, 100)


def test_a_disk_that_fills_up_while_an_array_is_read_is_full(ingest: Ingest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_documents, "DOCUMENT_BYTES", 1 << 20)
    ingest.add("train.json", "train", rows_of_bytes(4 << 20, 1000))
    plan = ingest.plan()
    with small_disk(ingest.work, 1):
        assert failure_of(lambda: ingest.pieces(plan)).code == ErrorCode.INSUFFICIENT_STORAGE


def test_a_full_disk_is_left_to_who_writes_there() -> None:
    with pytest.raises(OSError, match="No space left"), told_of("train.json", 0, lambda _code: None):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def spoilt(content: bytes) -> bytes:
    """Other bytes from the middle on."""
    return content[: len(content) // 2] + b"\x5a" * (len(content) - len(content) // 2)


def arrow_of(table: Any) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as out:
        out.write_table(table)
    return bytes(sink.getvalue().to_pybytes())


PACKED = {f"train.jsonl.{kind}": spoilt(pack(b'{"text": "some text"}\n' * 9999)) for kind, pack in COMPRESSIONS.items()}
SPOILT = {
    **PACKED,
    "a.jsonl.gz": b"no gzip at all",
    "b.jsonl.bz2": b"no bz2 at all",
    "empty.parquet": b"",
    "short.parquet": b"PAR1",
    "false.parquet": b"PAR1" + b"\xff" * 100 + b"\xff\xff\xff\x7fPAR1",
    "empty.arrow": b"",
    "cut.arrow": arrow_of(pa.table({"text": ["some text"] * 999}))[:-900],
    "spoilt.arrow": spoilt(arrow_of(pa.table({"text": ["some text"] * 999}))),
}


@pytest.mark.parametrize("path", SPOILT)
def test_what_readers_complain_of_is_told_as_the_content_of_the_file(tmp_path: Path, path: str) -> None:
    ingest = Ingest(tmp_path)
    ingest.add(path, "train", SPOILT[path])
    with pytest.raises(WorldFailure) as told:
        ingest.run()
    assert told.value.code in (ErrorCode.CORRUPT_DATA, ErrorCode.INVALID_ENCODING)
