"""The front of a file, over real HTTP: cut where it should be, gone on with where it ended, and not a byte too many."""

import csv
import gzip
import hashlib
import io
import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from domain.errors import ErrorCode, WorldFailure
from tests.hub import Hub
from tests.texts import texts, write_repository
from tests.workers.bringing import sent
from tests.workers.fetching import finish
from workers.chunks import CHUNK_BYTES
from workers.fronts import LEAST_BYTES
from workers.part_files import fetch_part
from workers.part_pieces import front_of
from workers.parts import Take

pytestmark = pytest.mark.usefixtures("endpoint")

NAME = "acme/front"
ROWS = texts(20_000)
LINES = [json.dumps({"id": number, "text": text}) + "\n" for number, text in enumerate(ROWS)]
JSONL = "".join(LINES).encode()
QUOTED = [(number, f'He said: "{text}"\n, and\r\nleft') for number, text in enumerate(ROWS[:3000])]
DOCUMENT = json.dumps([{"id": number} for number in range(500)], indent=1).encode()
FORMATS = {".jsonl": "json", ".json": "json", ".csv": "csv", ".txt": "text", ".parquet": "parquet"}


def comma_separated() -> bytes:
    file = io.StringIO(newline="")
    csv.writer(file, lineterminator="\n").writerows([("id", "text"), *QUOTED])
    return file.getvalue().encode()


def packed(codec: str) -> bytes:
    return bytes(pa.Codec(codec).compress(JSONL, asbytes=True))


FILES: dict[str, bytes] = {
    "rows.jsonl": JSONL,
    "rows.jsonl.gz": gzip.compress(JSONL[: len(JSONL) // 2]) + gzip.compress(JSONL[len(JSONL) // 2 :]),
    "rows.jsonl.zst": packed("zstd"),
    "rows.csv": comma_separated(),
    "rows.txt": "".join(text.replace("\n", " ") + "\n" for text in ROWS).encode(),
    "document.json": DOCUMENT,
    "one-line.json": json.dumps({"text": "x" * 200_000}).encode(),
    "unended.jsonl": b'{"a": 1}\n{"a": 2}',
}


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    root = tmp_path_factory.mktemp("hub")
    write_repository(root / "datasets" / NAME, FILES)
    table = pa.table({"id": range(len(ROWS)), "text": ROWS})
    pq.write_table(table, root / "datasets" / NAME / "rows.parquet", row_group_size=1000)
    with Hub(root) as served:
        yield served


def content_of(hub: Hub, path: str) -> bytes:
    return (hub.folder / "datasets" / NAME / path).read_bytes()


def front(hub: Hub, path: str, target: Path, *earlier: Path, **take: Any) -> dict[str, Any]:
    content = content_of(hub, path)
    commit = hub.commit_of(NAME)
    remote = {"repository": NAME, "commit": commit, "path": path, "size": len(content), "git_oid": None}
    remote["sha256"] = take.pop("sha256", hashlib.sha256(content).hexdigest())
    suffix = next(suffix for suffix in Path(path).suffixes if suffix in FORMATS)
    work = fetch_part(
        remote=remote,
        take=asdict(Take(**{"bytes": len(content), **take})),
        format={"name": FORMATS[suffix], "options": {}, "features": None},
        target=str(target),
        earlier=[front_of(str(other)) for other in earlier],
    )
    return finish(work)[0]


def failure(hub: Hub, path: str, target: Path, *earlier: Path, **take: Any) -> WorldFailure:
    with pytest.raises(WorldFailure) as told:
        front(hub, path, target, *earlier, **take)
    return told.value


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_so_many_rows_are_the_first_lines_and_little_more_is_sent(hub: Hub, tmp_path: Path) -> None:
    told = front(hub, "rows.jsonl", tmp_path / "0.1.jsonl", rows=3000)
    wanted = "".join(LINES[:3000]).encode()
    assert (tmp_path / "0.1.jsonl").read_bytes() == wanted
    assert (told["rows"], told["bytes"]) == (3000, len(wanted))
    assert told["sha256"] == hashlib.sha256(wanted).hexdigest()
    assert len(wanted) <= sent(hub) <= 1.25 * len(wanted) + LEAST_BYTES
    assert names(tmp_path) == {"0.1.jsonl"}


def test_so_many_bytes_are_cut_after_the_last_whole_row(hub: Hub, tmp_path: Path) -> None:
    limit = len("".join(LINES[:100]).encode()) + 5
    told = front(hub, "rows.jsonl", tmp_path / "0.1.jsonl", bytes=limit)
    assert (tmp_path / "0.1.jsonl").read_bytes() == "".join(LINES[:100]).encode()
    assert (told["rows"], sent(hub)) == (100, limit)


def test_of_less_than_a_row_nothing_stays(hub: Hub, tmp_path: Path) -> None:
    told = front(hub, "rows.jsonl", tmp_path / "0.1.jsonl", bytes=10)
    assert (told["file"], told["bytes"], told["rows"]) == (None, 0, 0)
    assert names(tmp_path) == set()


@pytest.mark.parametrize("suffix", ["gz", "zst"])
def test_a_packed_file_is_unpacked_on_the_way_and_packed_again(hub: Hub, tmp_path: Path, suffix: str) -> None:
    target = tmp_path / f"0.1.jsonl.{suffix}"
    told = front(hub, f"rows.jsonl.{suffix}", target, rows=4000)
    codec = {"gz": "gzip", "zst": "zstd"}[suffix]
    with pa.CompressedInputStream(pa.OSFile(str(target)), codec) as unpacked:
        assert unpacked.read() == "".join(LINES[:4000]).encode()
    assert (told["rows"], told["bytes"]) == (4000, target.stat().st_size)
    assert sent(hub) < len(content_of(hub, f"rows.jsonl.{suffix}")) / 2
    assert names(tmp_path) == {target.name}


@pytest.mark.parametrize("suffix", ["gz", "zst"])
def test_bytes_of_a_packed_file_are_counted_as_they_are_fetched(hub: Hub, tmp_path: Path, suffix: str) -> None:
    target = tmp_path / f"0.1.jsonl.{suffix}"
    told = front(hub, f"rows.jsonl.{suffix}", target, bytes=200_000)
    codec = {"gz": "gzip", "zst": "zstd"}[suffix]
    with pa.CompressedInputStream(pa.OSFile(str(target)), codec) as unpacked:
        assert unpacked.read() == "".join(LINES[: told["rows"]]).encode()
    assert told["rows"] > 1000
    assert sent(hub) == 200_000


def test_line_feeds_in_quotes_end_no_row(hub: Hub, tmp_path: Path) -> None:
    told = front(hub, "rows.csv", tmp_path / "0.1.csv", rows=700)
    with (tmp_path / "0.1.csv").open(newline="") as file:
        header, *found = csv.reader(file)
    assert header == ["id", "text"]
    assert [(int(number), text) for number, text in found] == QUOTED[:700]
    assert told["rows"] == 700
    assert sent(hub) < len(content_of(hub, "rows.csv")) / 2


def test_lines_of_text_are_rows(hub: Hub, tmp_path: Path) -> None:
    assert front(hub, "rows.txt", tmp_path / "0.1.txt", rows=50)["rows"] == 50
    assert (tmp_path / "0.1.txt").read_text().count("\n") == 50


def test_a_file_with_fewer_rows_stays_as_it_is(hub: Hub, tmp_path: Path) -> None:
    told = front(hub, "unended.jsonl", tmp_path / "0.1.jsonl", rows=10)
    assert (told["rows"], (tmp_path / "0.1.jsonl").read_bytes()) == (2, FILES["unended.jsonl"])


def test_the_first_row_groups_are_a_parquet_file(hub: Hub, tmp_path: Path) -> None:
    content = content_of(hub, "rows.parquet")
    told = front(hub, "rows.parquet", tmp_path / "0.1.parquet", rows=1500, groups=2, known=True)
    assert pq.read_table(tmp_path / "0.1.parquet")["text"].to_pylist() == ROWS[:2000]
    assert (told["rows"], told["bytes"]) == (1500, (tmp_path / "0.1.parquet").stat().st_size)
    assert sent(hub) == told["bytes"] - footer_bytes(tmp_path / "0.1.parquet") + LEAST_BYTES < len(content) / 2
    assert names(tmp_path) == {"0.1.parquet"}


def footer_bytes(path: Path) -> int:
    return int.from_bytes(path.read_bytes()[-8:-4], "little") + 8


@pytest.mark.parametrize("path", ["document.json", "one-line.json"])
def test_one_document_is_fetched_whole_and_its_rows_are_counted(hub: Hub, tmp_path: Path, path: str) -> None:
    told = front(hub, path, tmp_path / "0.1.json", rows=7)
    assert (tmp_path / "0.1.json").read_bytes() == FILES[path]
    assert told["rows"] == {"document.json": 7, "one-line.json": 1}[path]


def test_the_front_of_one_document_makes_no_sense(hub: Hub, tmp_path: Path) -> None:
    told = failure(hub, "document.json", tmp_path / "0.1.json", bytes=1000)
    assert told.code == ErrorCode.UNSUPPORTED_FORMAT
    assert f"{len(DOCUMENT):,} bytes" in told.message


def test_a_fetch_that_broke_off_goes_on_at_its_last_whole_chunk(hub: Hub, tmp_path: Path) -> None:
    first, second = tmp_path / "0.1.jsonl", tmp_path / "0.2.jsonl"
    limit = 3 * CHUNK_BYTES + 1000
    hub.fail("*/rows.jsonl", cut_after=2 * CHUNK_BYTES + 5000, times=1)
    told = failure(hub, "rows.jsonl", first, bytes=limit)
    assert (told.code, told.retryable) == (ErrorCode.HUB_UNAVAILABLE, True)
    hub.requests.clear()
    rows = front(hub, "rows.jsonl", second, first, bytes=limit)["rows"]
    asked = [request.range for request in hub.body_requests("rows.jsonl")]
    assert asked == [f"bytes={2 * CHUNK_BYTES}-{limit - 1}"]
    assert second.read_bytes() == "".join(LINES[:rows]).encode()
    assert names(tmp_path) == {"0.2.jsonl"}


def test_rows_are_counted_anew_in_what_an_earlier_fetch_saved(hub: Hub, tmp_path: Path) -> None:
    first, second = tmp_path / "0.1.jsonl.gz", tmp_path / "0.2.jsonl.gz"
    hub.fail("*/rows.jsonl.gz", cut_after=CHUNK_BYTES + 5000, times=1)
    failure(hub, "rows.jsonl.gz", first, bytes=len(FILES["rows.jsonl.gz"]) - 100)
    hub.requests.clear()
    assert front(hub, "rows.jsonl.gz", second, first, rows=300)["rows"] == 300
    assert hub.requests == []
    assert gzip.decompress(second.read_bytes()) == "".join(LINES[:300]).encode()


def test_a_server_that_knows_no_ranges_is_read_no_further_than_needed(hub: Hub, tmp_path: Path) -> None:
    hub.fail("*/rows.jsonl", ignore_range=True)
    front(hub, "rows.jsonl", tmp_path / "0.1.jsonl", rows=1000)
    assert (tmp_path / "0.1.jsonl").read_bytes() == "".join(LINES[:1000]).encode()


def test_a_file_that_was_fetched_to_its_end_is_checked(hub: Hub, tmp_path: Path) -> None:
    for path, rows in (("unended.jsonl", 10), ("unended.jsonl", 1)):
        told = failure(hub, path, tmp_path / "0.1.jsonl", rows=rows, sha256="0" * 64)
        assert (told.code, told.discarded) == (ErrorCode.CHECKSUM_MISMATCH, True)
        assert names(tmp_path) == set()


def test_two_contents_of_a_file_are_never_mixed(hub: Hub, tmp_path: Path) -> None:
    first, second = tmp_path / "0.1.jsonl", tmp_path / "0.2.jsonl"
    limit = 3 * CHUNK_BYTES
    hub.fail("*/rows.jsonl", cut_after=CHUNK_BYTES + 5000, times=1)
    failure(hub, "rows.jsonl", first, bytes=limit)
    hub.fail("*/rows.jsonl", etag="another", times=1)
    told = failure(hub, "rows.jsonl", second, first, bytes=limit)
    assert (told.code, told.retryable, told.discarded) == (ErrorCode.HUB_UNAVAILABLE, True, True)
    assert names(tmp_path) == set()
    assert front(hub, "rows.jsonl", second, bytes=limit)["rows"] > 0
