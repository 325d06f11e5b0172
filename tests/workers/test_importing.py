"""Imports from the command to their end, by the real dispatcher, worker and child."""

import gzip
import hashlib
import json
from collections.abc import Callable
from pathlib import Path

import datasets
import pytest

from domain import commands as ask
from domain.adapters import Adapters
from domain.adapters.imports import find_import
from domain.adapters.storage import room_of
from domain.adapters.sums import told
from domain.events import DownloadCompleted, IngestCompleted, JobAttemptFailed
from domain.import_commands import ImportDataset
from tests.domain.stories import DATASET, JOB
from tests.small_disks import small_disk
from tests.workers.hub_bench import HubBench
from tests.workers.ingests import finish
from tests.workers.journeys import age
from tests.workers.test_bad_input import shows_and_keeps
from workers.importing import BLOCK_BYTES, import_file

LINES = b"".join(json.dumps({"text": f"line {number}"}).encode() + b"\n" for number in range(50))
OF_JOB = {"dataset_id": DATASET, "job_id": JOB}
Bring = Callable[..., str]


@pytest.fixture
def bench(hub_bench: HubBench, adapters: Adapters) -> HubBench:
    adapters.settings.imports.mkdir(parents=True)
    return hub_bench


@pytest.fixture
def root(bench: HubBench) -> Path:
    return bench.adapters.settings.imports


def ask_for(bench: HubBench, path: str, split: str | None = None, **asked: str) -> None:
    """As the API does."""
    found = find_import(bench.adapters.settings.imports, path, split)
    told = {"path": found.path, "files": found.files, "format": found.format, "size_bytes": found.size}
    bench.command(ImportDataset(**OF_JOB, **{"name": found.name, **told, **asked}))


@pytest.fixture
def bring(bench: HubBench) -> Bring:
    """Asks for an import, and works until all is over; the status of its dataset."""

    def brought(path: str, split: str | None = None, **asked: str) -> str:
        ask_for(bench, path, split, **asked)
        return str(bench.rest())

    return brought


def loaded(bench: HubBench) -> dict[str, list[str]]:
    found = datasets.load_from_disk(str(bench.adapters.storage / str(bench.state.folder)))
    return {name: rows["text"][:] for name, rows in found.items()}


def test_a_file_is_copied_hashed_and_read(bench: HubBench, root: Path, bring: Bring) -> None:
    (root / "rows.jsonl").write_bytes(LINES)
    assert bring("rows.jsonl") == "READY"
    assert loaded(bench) == {"train": [f"line {number}" for number in range(50)]}
    [copied] = [event for event in bench.events if isinstance(event, DownloadCompleted)]
    digest = hashlib.sha256(LINES).hexdigest()
    assert copied.files == [{"path": "rows.jsonl", "split": "train", "size": len(LINES), "sha256": digest}]
    assert copied.size_bytes == len(LINES) + len(told({"rows.jsonl": digest}))
    assert (root / "rows.jsonl").read_bytes() == LINES
    assert [bench.adapters.storage / str(bench.state.folder)] == list(bench.home.iterdir())
    assert bench.unaccounted() == []
    assert bench.adapters.reservations.room(room_of(bench.adapters.settings)).promised == 0


def test_a_folder_becomes_splits_in_the_order_of_its_files(bench: HubBench, root: Path, bring: Bring) -> None:
    for name, line in (("test.txt", b"a"), ("train/0", b"b"), ("train/1.gz", gzip.compress(b"c")), ("val.txt", b"d")):
        (root / "news" / name).parent.mkdir(parents=True, exist_ok=True)
        (root / "news" / name).write_bytes(line + b"\n" if name != "train/1.gz" else line)
    assert bring("news") == "READY"
    assert loaded(bench) == {"test": ["a"], "train": ["b", "c"], "validation": ["d"]}
    assert bench.state.source["format"] == "txt"


def test_what_was_asked_holds_for_the_ingest(bench: HubBench, root: Path, bring: Bring) -> None:
    (root / "rows.jsonl").write_bytes(b'{"text": "a", "body": "b"}\n{"text": \n')
    assert bring("rows.jsonl", "dev", text_column="body", on_error="SKIP") == "READY"
    assert bench.row()["text_column"] == "body"
    [ready] = [event for event in bench.events if isinstance(event, IngestCompleted)]
    assert [split["name"] for split in ready.splits] == ["dev"]
    assert (ready.row_count, ready.skipped_rows, ready.skipped[0]["place"]) == (1, 1, "line 2")


def test_a_change_after_the_copy_changes_nothing(bench: HubBench, root: Path) -> None:
    (root / "rows.txt").write_bytes(b"before\n")
    ask_for(bench, "rows.txt")
    bench.work(until=lambda state: state.downloaded is not None)
    (root / "rows.txt").write_bytes(b"after\n")
    assert bench.rest() == "READY"
    assert loaded(bench) == {"train": ["before"]}


def test_what_was_exchanged_for_a_link_is_refused_and_can_be_retried(bench: HubBench, root: Path) -> None:
    (root / "rows.txt").write_bytes(b"one\n")
    ask_for(bench, "rows.txt")
    (root / "rows.txt").unlink()
    (root / "rows.txt").symlink_to("/etc/passwd")
    assert bench.rest() == "FAILED"
    assert "rows.txt is a link" in shows_and_keeps(bench, "INVALID_INPUT")
    (root / "rows.txt").unlink()
    (root / "rows.txt").write_bytes(b"two\n")
    assert bench.retry() == "READY"
    assert loaded(bench) == {"train": ["two"]}


def test_what_is_of_another_format_by_then_is_refused(bench: HubBench, root: Path) -> None:
    (root / "rows").write_bytes(LINES)
    ask_for(bench, "rows")
    (root / "rows").write_bytes(b"a,b\n1,2\n3,4\n")
    assert bench.rest() == "FAILED"
    assert "rows was jsonl when its import was asked for, and is csv now" in shows_and_keeps(bench, "CHECKSUM_MISMATCH")
    assert [path.name for path in bench.home.rglob("*") if path.is_file()] == []


@pytest.mark.parametrize("change", ["grows", "is cut", "is written anew"])
def test_a_file_that_changes_while_it_is_copied_fails_and_leaves_nothing(tmp_path: Path, change: str) -> None:
    file, target = tmp_path / "rows.txt", tmp_path / "work/00000.1.copy"
    file.write_bytes(b"x\n" * (BLOCK_BYTES + 1))
    age(file)  # two writes within one tick of the kernel's clock have the same time
    names = {"source": "rows.txt", "path": "rows.txt", "split": "train", "format": "txt"}
    work = import_file(root=str(tmp_path), target=str(target), **names)
    next(work)
    if change == "grows":
        with file.open("ab") as more:
            more.write(b"more\n")
    elif change == "is cut":
        with file.open("r+b") as less:
            less.truncate(BLOCK_BYTES)
    else:
        with file.open("r+b") as other:
            other.write(b"y")
    with pytest.raises(
        Exception, match="was changed while it was copied: wait until it is written, then retry"
    ) as told:
        finish(work)
    assert (told.value.code, told.value.retryable) == ("CHECKSUM_MISMATCH", True)
    assert list(target.parent.iterdir()) == []


def test_what_has_no_room_fails_before_it_is_copied_and_is_ready_once_there_is(
    bench: HubBench, root: Path, bring: Bring
) -> None:
    (root / "rows.jsonl").write_bytes(LINES)
    bench.set(quota=len(LINES))
    assert bring("rows.jsonl") == "FAILED"
    assert "Importing rows.jsonl needs about" in shows_and_keeps(bench, "INSUFFICIENT_STORAGE")
    assert bench.row()["error"]["retryable"] is True
    bench.set(quota=None)
    assert bench.retry() == "READY"


def test_a_disk_that_fills_up_in_the_middle_of_a_copy_leaves_nothing_of_it(tmp_path: Path) -> None:
    (tmp_path / "rows.txt").write_bytes(b"x\n" * (2 * BLOCK_BYTES))
    names = {"source": "rows.txt", "path": "rows.txt", "split": "train", "format": "txt"}
    with small_disk(tmp_path / "disk", 3) as disk:
        with pytest.raises(Exception, match="is full") as told:
            finish(import_file(root=str(tmp_path), target=str(disk / "work/00000.1.copy"), **names))
        assert told.value.code == "INSUFFICIENT_STORAGE"
        assert list((disk / "work").iterdir()) == []


def test_a_cancelled_import_leaves_nothing_and_begins_anew(bench: HubBench, root: Path) -> None:
    (root / "rows.jsonl").write_bytes(LINES)
    ask_for(bench, "rows.jsonl")
    bench.work(rounds=2)
    bench.command(ask.CancelJob(**OF_JOB))
    assert bench.rest() == "CANCELLED"
    assert [path for path in bench.home.rglob("*") if path.is_file()] == []
    bench.command(ask.RetryJob(**OF_JOB))
    assert bench.rest() == "READY"


def test_where_run_state_was_lost_it_begins_again(bench: HubBench, root: Path) -> None:
    (root / "rows.jsonl").write_bytes(LINES)
    ask_for(bench, "rows.jsonl")
    bench.work(rounds=1)
    bench.adapters.pieces.forget(JOB)
    bench.dispatcher._swept = float("-inf")
    assert bench.rest() == "READY"
    assert not any(isinstance(event, JobAttemptFailed) for event in bench.events)


def test_an_empty_file_says_that_it_has_no_rows(bench: HubBench, root: Path, bring: Bring) -> None:
    (root / "rows.csv").write_bytes(b"")
    assert bring("rows.csv") == "FAILED"
    assert "rows.csv is empty" in shows_and_keeps(bench, "EMPTY_DATASET")
