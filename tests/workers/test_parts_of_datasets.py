"""A part of a huge dataset: exactly the rows that were asked for, by few more bytes than they have."""

import csv
import gzip
import io
import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from domain.adapters import Adapters
from domain.events import DownloadCompleted, IngestCompleted
from tests.hub import Hub
from tests.texts import texts, write_repository
from tests.workers.bringing import Bringing, sent
from workers.child import Child

ROWS, SHORT, GROUP = 6000, 40, 500


def lines(rows: list[str]) -> bytes:
    return "".join(json.dumps({"id": number, "text": row}) + "\n" for number, row in enumerate(rows)).encode()


def parquet(rows: list[str]) -> bytes:
    file = io.BytesIO()
    pq.write_table(pa.table({"id": range(len(rows)), "text": rows}), file, row_group_size=GROUP, compression="none")
    return file.getvalue()


SHARED = """---
configs:
- config_name: default
  data_files:
  - {split: one, path: [small.jsonl, large.jsonl]}
  - {split: two, path: large.jsonl}
---
"""
# The looks at the ends of two files, before their fetch and with it.
FOOTERS = 4 * 64 * 1024


def comma_separated(rows: list[str], separator: str = ",") -> bytes:
    """Nearly every text has line feeds and quotes."""
    file = io.StringIO(newline="")
    csv.writer(file, delimiter=separator, lineterminator="\n").writerows([["text"], *([row] for row in rows)])
    return file.getvalue().encode()


def arrow(rows: list[str]) -> bytes:
    file = io.BytesIO()
    table = pa.table({"text": rows})
    with pa.ipc.new_stream(file, table.schema) as stream:
        stream.write_table(table)
    return file.getvalue()


LARGE, SMALL = texts(ROWS), texts(SHORT, start=7)
WRITERS: dict[str, Callable[[list[str]], bytes]] = {
    "jsonl": lines,
    "jsonl.gz": lambda rows: gzip.compress(lines(rows), 1),
    "jsonl.zst": lambda rows: bytes(pa.Codec("zstd").compress(lines(rows), asbytes=True)),
    "csv": comma_separated,
    "tsv.gz": lambda rows: gzip.compress(comma_separated(rows, "\t"), 1),
    "parquet": parquet,
}
# These are fetched file by file, whole.
WHOLE: dict[str, Callable[[list[str]], bytes]] = {
    "arrow": arrow,
    "json": lambda rows: json.dumps([{"text": row} for row in rows], indent=1).encode(),
}


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    root = tmp_path_factory.mktemp("hub")
    for suffix, write in {**WRITERS, **WHOLE}.items():
        files = {f"train-0.{suffix}": write(LARGE), f"train-1.{suffix}": write(LARGE), f"test.{suffix}": write(SMALL)}
        write_repository(root / f"datasets/acme/{suffix}", files)
    shared = {"README.md": SHARED, "small.jsonl": lines(SMALL), "large.jsonl": lines(LARGE)}
    write_repository(root / "datasets/acme/shared", shared)
    plain = "".join(" ".join(row.split()) + "\n" for row in LARGE)
    write_repository(root / "datasets/acme/plain", {"train.txt": plain})
    write_repository(root / "datasets/acme/damaged", {"a.json": '[{"text": "a"}, {"te', "b.json": '[{"text": "b"}]'})
    with Hub(root) as served:
        yield served


@pytest.fixture
def bringing(adapters: Adapters, child: Child, hub: Hub, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bringing]:
    monkeypatch.setenv("HF_ENDPOINT", hub.url)
    hub.requests.clear()
    made = Bringing(adapters, child)
    yield made
    made.close()
    hub.heal()


def size_of(hub: Hub, name: str, path: str) -> int:
    return (hub.folder / "datasets/acme" / name / path).stat().st_size


def texts_of(bringing: Bringing) -> dict[str, list[str]]:
    return {name: list(split["text"]) for name, split in bringing.loaded().items()}


@pytest.mark.sampled(4)
@pytest.mark.parametrize("suffix", WRITERS)
def test_so_many_rows_of_each_split_come_from_its_front(bringing: Bringing, hub: Hub, suffix: str) -> None:
    assert bringing.bring(f"acme/{suffix}", max_rows=1200).status == "READY"
    assert texts_of(bringing) == {"train": LARGE[:1200], "test": SMALL}
    assert sent(hub, f"train-0.{suffix}") < size_of(hub, suffix, f"train-0.{suffix}") / 2
    assert sent(hub, f"train-1.{suffix}") == 0


@pytest.mark.sampled(3)
@pytest.mark.parametrize("suffix", WRITERS)
def test_rows_that_one_file_has_not_come_from_the_next(bringing: Bringing, hub: Hub, suffix: str) -> None:
    assert bringing.bring(f"acme/{suffix}", max_rows=ROWS + 700, splits=["train"]).status == "READY"
    assert texts_of(bringing) == {"train": [*LARGE, *LARGE[:700]]}
    assert 0 < sent(hub, f"train-1.{suffix}") < size_of(hub, suffix, f"train-1.{suffix}") / 2
    assert sent(hub, f"test.{suffix}") == 0


@pytest.mark.sampled(3)
@pytest.mark.parametrize("suffix", WRITERS)
def test_so_many_bytes_are_fetched_at_most_and_no_row_is_torn(bringing: Bringing, hub: Hub, suffix: str) -> None:
    limit = size_of(hub, suffix, f"train-0.{suffix}") // 2
    assert bringing.bring(f"acme/{suffix}", max_bytes=limit).status == "READY"
    found = texts_of(bringing)
    assert found["test"] == SMALL
    assert found["train"] == LARGE[: len(found["train"])]
    assert len(found["train"]) > ROWS / 4
    looks = FOOTERS if suffix == "parquet" else 0
    assert limit / 2 < sent(hub) <= limit + looks
    assert bringing.state.pin is not None
    assert bringing.state.pin.size_bytes <= limit


@pytest.mark.parametrize("suffix", WHOLE)
def test_files_that_are_fetched_whole_are_fetched_one_by_one(bringing: Bringing, hub: Hub, suffix: str) -> None:
    assert bringing.bring(f"acme/{suffix}", max_rows=1200).status == "READY"
    assert texts_of(bringing) == {"train": LARGE[:1200], "test": SMALL}
    assert sent(hub, f"train-1.{suffix}") == 0
    assert bringing.bring(f"acme/{suffix}", max_rows=ROWS + 7, splits=["train"]).status == "READY"
    assert texts_of(bringing) == {"train": [*LARGE, *LARGE[:7]]}
    limit = size_of(hub, suffix, f"train-0.{suffix}") + 100_000
    assert bringing.bring("acme/arrow", max_bytes=limit).status == "READY"
    assert texts_of(bringing)["train"] == LARGE


def test_lines_of_plain_text_are_rows_in_a_part_too(bringing: Bringing, hub: Hub) -> None:
    assert bringing.bring("acme/plain", max_rows=1200).status == "READY"
    assert texts_of(bringing) == {"train": [" ".join(row.split()) for row in LARGE[:1200]]}
    assert sent(hub) < size_of(hub, "plain", "train.txt") / 2


def test_a_damaged_document_in_a_part_is_named_or_skipped(bringing: Bringing, hub: Hub) -> None:
    assert bringing.bring("acme/damaged", max_rows=10).status == "FAILED"
    assert bringing.error.code == "CORRUPT_DATA"
    assert "a.json" in bringing.error.message
    assert bringing.bring("acme/damaged", max_rows=10, on_error="SKIP").status == "READY"
    assert texts_of(bringing) == {"train": ["b"]}
    [ready] = [event for event in bringing.events if isinstance(event, IngestCompleted)]
    assert ready.skipped_rows == 1
    assert "a.json" in str(ready.skipped)


def test_every_row_of_a_part_is_the_whole_when_there_are_fewer(bringing: Bringing) -> None:
    assert bringing.bring("acme/jsonl", max_rows=10**9, max_bytes=10**9).status == "READY"
    assert texts_of(bringing) == {"train": [*LARGE, *LARGE], "test": SMALL}


def test_files_are_taken_by_their_names_in_part_too(bringing: Bringing, hub: Hub) -> None:
    assert bringing.bring("acme/jsonl", files=["t*.jsonl"], max_rows=SHORT + 3).status == "READY"
    assert texts_of(bringing) == {"train": [*SMALL, *LARGE[:3]]}
    assert sent(hub, "train-1.jsonl") == 0


def test_the_log_says_which_files_a_part_is_made_of(bringing: Bringing) -> None:
    bringing.bring("acme/jsonl", max_rows=1200)
    (completed,) = (event for event in bringing.events if isinstance(event, DownloadCompleted))
    assert completed.files == [
        {"path": "train-0.jsonl", "split": "train", "rows": 1200},
        {"path": "test.jsonl", "split": "test", "rows": SHORT},
    ]


def test_of_a_part_nothing_but_its_rows_stays_on_disk(bringing: Bringing) -> None:
    bringing.bring("acme/jsonl", max_rows=1200)
    assert bringing.state.folder is not None
    assert {path.split("/")[0] for path in bringing.on_disk()} == {Path(bringing.state.folder).name}


def test_the_kept_original_of_a_part_of_parquet_is_a_parquet_file(bringing: Bringing) -> None:
    bringing.set(keep_originals=True)
    state = bringing.bring("acme/parquet", max_rows=1200)
    original = bringing.adapters.storage / str(state.downloaded) / "train-0.parquet"
    assert pq.read_table(original)["text"].to_pylist() == LARGE[: 3 * GROUP]


def test_less_than_the_first_rows_of_a_split_need_is_said(bringing: Bringing) -> None:
    assert bringing.bring("acme/parquet", max_bytes=50_000).status == "FAILED"
    assert bringing.error.code == "EMPTY_DATASET"
    assert "split train" in bringing.error.message
    assert bringing.bring("acme/jsonl", max_bytes=10).status == "FAILED"
    assert "no whole row of the split train" in bringing.error.message


def test_a_part_that_failed_goes_on_where_it_was(bringing: Bringing, hub: Hub) -> None:
    for status in (404, 404):
        hub.fail("*/train-1.jsonl", status=status, times=1)
    assert bringing.bring("acme/jsonl", max_rows=ROWS + 700).status == "FAILED"
    before = sent(hub, "train-0.jsonl")
    hub.heal()
    assert bringing.retry().status == "READY"
    assert texts_of(bringing)["train"] == [*LARGE, *LARGE[:700]]
    assert sent(hub, "train-0.jsonl") == before


def test_a_file_that_serves_two_splits_is_fetched_once_and_cut_for_each(bringing: Bringing, hub: Hub) -> None:
    assert bringing.bring("acme/shared", max_rows=SHORT + 10).status == "READY"
    assert texts_of(bringing) == {"one": [*SMALL, *LARGE[:10]], "two": LARGE[: SHORT + 10]}
    assert len({request.path for request in hub.body_requests("large.jsonl")}) == 1
