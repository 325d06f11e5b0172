"""Exports: parquet files that hold the tokens, whatever happens to who writes them."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from hashlib import sha256
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from datasets import load_dataset

from domain import commands as ask
from domain.adapters import Adapters
from domain.adapters.files import sha256_of, tree_size
from domain.adapters.sums import SUMS
from domain.errors import ErrorCode, WorldFailure
from domain.events import JobAttemptFailed, JobFailed
from domain.tokenization_events import ExportCompleted
from tests.api.client import until
from tests.domain.stories import DATASET, EXPORT_JOB
from tests.workers.exports import ExportBench, write_tokens
from tests.workers.tokenization import finish
from workers.child import Child
from workers.exporting import complete_export, export_part, plan_export

pytestmark = pytest.mark.slow

TRAIN = [[[1, 2, 3], [], [4]], [[5, 6], [7], [8], [9, 10]]]
TEST = [[[11], [12, 13]]]
EMPTY = [[]]
SPLITS = {"train": TRAIN, "test": TEST, "empty": EMPTY}
ALL = {name: [row for file in files for row in file] for name, files in SPLITS.items()}


@pytest.fixture
def tokens(tmp_path: Path) -> Path:
    write_tokens(tmp_path / "tokens", SPLITS)
    return tmp_path / "tokens"


def export(folder: Path, target: Path, **given: int) -> list[dict[str, object]]:
    """The parts as their ledgers tell them."""
    planned = finish(plan_export(folder=str(folder), **given))["pieces"]
    parts = []
    for number, piece in enumerate(planned):
        told = finish(export_part(folder=str(folder), target=str(target / f"{number}.1.parquet"), **piece))
        parts.append({**told, "file": str(target / told["file"])})
    return parts


def ids(path: Path) -> list[list[int]]:
    found: list[list[int]] = pq.read_table(path)["input_ids"].to_pylist()
    return found


def test_each_split_becomes_files_with_its_rows_in_their_order(tokens, tmp_path):
    result = finish(complete_export(final=str(tmp_path / "final"), pieces=export(tokens, tmp_path / "work")))
    names = [f"{split}-00000-of-00001.parquet" for split in SPLITS]
    assert [file["name"] for file in result["files"]] == names
    for file in result["files"]:
        path = tmp_path / "final" / file["name"]
        assert ids(path) == ALL[file["split"]]
        content = path.read_bytes()
        told = (len(ALL[file["split"]]), len(content), sha256(content).hexdigest())
        assert (file["rowCount"], file["sizeBytes"], file["sha256"]) == told
    assert result["sizeBytes"] == tree_size(tmp_path / "final")
    assert sorted(path.name for path in (tmp_path / "final").iterdir()) == sorted([SUMS, *names])
    assert result["sumsSha256"] == sha256_of(tmp_path / "final" / SUMS)


def test_datasets_reads_the_files_as_what_was_tokenized(tokens, tmp_path):
    finish(complete_export(final=str(tmp_path / "final"), pieces=export(tokens, tmp_path / "work")))
    files = {name: str(tmp_path / "final" / f"{name}-00000-of-00001.parquet") for name in ("train", "test")}
    found = load_dataset("parquet", data_files=files, cache_dir=str(tmp_path / "cache"))
    assert {name: rows["input_ids"][:] for name, rows in found.items()} == {name: ALL[name] for name in files}
    assert str(found["train"].features["input_ids"]) == "List(Value('int32'))"


def test_a_large_split_is_cut_between_its_files(tokens, tmp_path):
    parts = export(tokens, tmp_path / "work", part_bytes=1)
    names = ["train-00000-of-00002.parquet", "train-00001-of-00002.parquet"]
    assert [part["name"] for part in parts if part["split"] == "train"] == names
    assert [ids(Path(part["file"])) for part in parts if part["split"] == "train"] == TRAIN


LARGE = """
import sys
import threading
from pathlib import Path
import numpy as np, pyarrow as pa
from tests.workers.exports import SCHEMA
from tests.workers.tokenization import finish
from workers.arrow_folder import SplitFiles, write_dataset_dict, write_stream
from workers.exporting import complete_export, export_part, plan_export
from domain.tokenization_events import ExportCompleted
folder = Path(sys.argv[1])
offsets = pa.array(np.arange(0, 1_000_001, 1_000, dtype=np.int32))
with write_stream(folder / "file.arrow", SCHEMA) as stream:
    for seed in range(50):
        ids = np.random.default_rng(seed).integers(0, 50_000, 1_000_000, dtype=np.int32)
        stream.write(pa.record_batch([pa.ListArray.from_arrays(offsets, pa.array(ids))], schema=SCHEMA))
list(write_dataset_dict(folder / "tokens", [SplitFiles("train", [folder / "file.arrow"], 50_000, "0" * 16)], {}))
before = pa.default_memory_pool().max_memory()
(piece,) = finish(plan_export(folder=str(folder / "tokens")))["pieces"]
told = finish(export_part(folder=str(folder / "tokens"), target=str(folder / "0.1.parquet"), **piece))
print(told["rowCount"], len(told["steps"]), pa.default_memory_pool().max_memory() >> 20)
"""


def test_200_mb_of_tokens_are_exported_in_a_third_of_that_and_tell_their_progress(tmp_path):
    run = [sys.executable, "-c", LARGE, str(tmp_path)]
    rows, steps, megabytes = map(int, subprocess.run(run, check=True, capture_output=True).stdout.split())
    assert rows == 50_000
    assert steps >= 6
    assert megabytes < 70


def damage(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


@pytest.mark.parametrize("harm", [Path.unlink, damage])
def test_tokens_that_are_missing_or_damaged_are_told_with_what_to_do(tokens, tmp_path, harm: Callable[[Path], None]):
    for file in (tokens / "train").glob("*.arrow"):
        harm(file)
    with pytest.raises(WorldFailure, match="tokenize again") as failed:
        export(tokens, tmp_path / "work")
    assert (failed.value.code, failed.value.retryable) == (ErrorCode.CORRUPT_DATA, False)


@pytest.mark.parametrize("harm", [Path.unlink, damage])
def test_a_part_that_is_not_what_its_ledger_says_is_made_again(tokens, tmp_path, harm: Callable[[Path], None]):
    parts = export(tokens, tmp_path / "work")
    harm(Path(str(parts[1]["file"])))
    with pytest.raises(WorldFailure) as failed:
        finish(complete_export(final=str(tmp_path / "final"), pieces=parts))
    assert (failed.value.code, failed.value.retryable) == (ErrorCode.CHECKSUM_MISMATCH, True)
    assert failed.value.damaged == ("1.1.parquet",)
    assert not list(tmp_path.glob("final*"))


@pytest.fixture
def exports(adapters: Adapters, child: Child) -> Iterator[ExportBench]:
    with closing(ExportBench(adapters, SPLITS, child)) as bench:
        yield bench


def names_and_rows(bench: ExportBench) -> dict[str, int]:
    completed = bench.events[-1]
    assert isinstance(completed, ExportCompleted)
    return {file["name"]: file["rowCount"] for file in completed.files}


WHOLE = {f"{split}-00000-of-00001.parquet": len(rows) for split, rows in ALL.items()}


def test_an_export_is_published_before_its_event_and_leaves_nothing_else(exports):
    exports.export()
    exports.work()
    assert exports.job.status == "SUCCEEDED"
    assert names_and_rows(exports) == WHOLE
    assert {path.name for path in exports.folder.iterdir()} == {SUMS, *WHOLE}
    assert exports.left() == [exports.folder.name]
    assert exports.adapters.pieces.ledger(EXPORT_JOB) == {}


def test_the_same_export_asked_for_again_is_the_one_that_is_here(exports):
    exports.export()
    assert exports.export().events == ()
    exports.work()
    done = exports.events
    assert exports.export().events == ()
    exports.work()
    assert exports.events == done


def planned(bench: ExportBench) -> None:
    bench.export()
    bench.work(until=lambda _state: "plan" in bench.adapters.pieces.ledger(EXPORT_JOB))


def test_a_child_killed_in_the_middle_of_a_file_is_a_failed_attempt_and_the_export_ends_whole(exports):
    # given a child that has begun to write a file, and waits for tokens that do not come
    planned(exports)
    (first, _second) = sorted((exports.tokens / "train").glob("*.arrow"))
    hidden = first.rename(first.with_suffix(".hidden"))
    os.mkfifo(first)
    attempt = ("export_tokenization", exports.child, EXPORT_JOB, "00000")
    working = threading.Thread(target=exports.worker.perform, args=attempt)
    working.start()
    until(lambda: list(exports.adapters.storage.glob("datasets/*/work-*/*.part")))

    # when it is killed
    assert exports.child.pid is not None
    os.kill(exports.child.pid, signal.SIGKILL)
    working.join()
    hidden.replace(first)
    exports.work()

    # then that was one attempt, and nothing of it is left
    (failed,) = [event for event in exports.events if isinstance(event, JobAttemptFailed)]
    assert (failed.code, failed.piece, "SIGKILL" in failed.message) == ("WORKER_LOST", "00000", True)
    assert names_and_rows(exports) == WHOLE
    assert exports.left() == [exports.folder.name]


def test_a_cancelled_export_leaves_nothing_and_begins_anew_when_it_is_asked_for_again(exports):
    planned(exports)
    exports.command(ask.CancelJob(dataset_id=DATASET, job_id=EXPORT_JOB))
    exports.work()
    assert exports.job.status == "CANCELLED"
    assert exports.left() == []

    exports.export()
    exports.work()
    assert (exports.job.status, exports.job.attempt) == ("SUCCEEDED", 2)
    assert names_and_rows(exports) == WHOLE


def test_a_failed_export_goes_on_when_it_is_retried(exports):
    hidden = exports.tokens.rename(exports.tokens.with_name("hidden"))
    exports.export()
    exports.work()
    failed = exports.events[-1]
    assert isinstance(failed, JobFailed)
    assert failed.code == "CORRUPT_DATA"
    hidden.rename(exports.tokens)
    exports.command(ask.RetryJob(dataset_id=DATASET, job_id=EXPORT_JOB))
    exports.work()
    assert names_and_rows(exports) == WHOLE
