"""Purges: all files of a dataset go, whatever happens to who removes them, and the last event tells of it once."""

import os
import signal
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from domain import commands as ask
from domain.adapters import Adapters
from domain.adapters.files import count_files, tree_size
from domain.adapters.pieces import NewPiece
from domain.dataset import stream_of
from domain.errors import ErrorCode, WorldFailure
from domain.events import JobAttemptFailed, JobFailed, JobRetryRequested
from domain.log import Append, Trace
from domain.tokenization_commands import DeleteTokenization, TokenizeDataset
from domain.tokenization_events import TokenizationPurged
from domain.trash import purge_job_id
from domain.trash_commands import DeleteDataset, RestoreDataset
from domain.trash_events import DatasetPurged, DatasetPurgeRequested
from tests.api.client import until
from tests.domain.stories import DATASET, EXPORT_JOB, JOB, PURGE_JOB, TOKENIZATION, TOKENIZE_JOB, ready, tokenizing
from tests.workers.bench import Bench
from tests.workers.tokenization import finish
from workers import purging
from workers.actors import Worker
from workers.child import Child
from workers.purge_run import PURGE as RUN
from workers.purging import complete_purge, plan_purge, purge_entry
from workers.reactions import REACTIONS

PURGE = DeleteDataset(dataset_id=DATASET, purge=True)
FILES = {"source/train.parquet": 300, "data/train/0.arrow": 200, "data/state.json": 10, "work-x/00000.1.arrow": 5}
BYTES = sum(FILES.values())
MANY = 5_000


class PurgeBench(Bench):
    """The ready dataset of the domain's stories, with files in its folder."""

    def __init__(self, adapters: Adapters, child: Child) -> None:
        super().__init__(adapters, child)
        self.worker = Worker(adapters, {"purge_dataset": RUN}, "here")
        self.home = adapters.storage / "datasets" / DATASET
        put(self.home, FILES)
        adapters.log.append(Append(stream_of(DATASET), 0, ready(), Trace("command", "story")))

    def pieces_left(self) -> int:
        with self.adapters.pool.connection() as connection:
            return int(connection.execute("SELECT count(*) FROM pieces").fetchone()[0])  # type: ignore[index]

    def ends(self) -> list[DatasetPurged]:
        return [event for event in self.events if isinstance(event, DatasetPurged)]


def put(home: Path, files: dict[str, int]) -> None:
    for name, size in files.items():
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        (home / name).write_bytes(b"x" * size)


@pytest.fixture
def bench(adapters: Adapters, child: Child) -> Iterator[PurgeBench]:
    made = PurgeBench(adapters, child)
    yield made
    made.close()


def assert_is_gone(bench: PurgeBench, freed: int = BYTES) -> None:
    assert bench.ends() == [DatasetPurged(job_id=PURGE_JOB, bytes_freed=freed, files_left=0)]
    assert not bench.home.exists()
    assert bench.home.parent.is_dir()
    assert bench.pieces_left() == 0
    assert bench.adapters.progress.of_datasets([DATASET]) == {}


def test_a_purge_leaves_no_file_and_no_run_state_and_tells_the_bytes_that_it_freed(bench):
    other = bench.home.with_name("another dataset")
    put(other, {"file": 7})
    bench.command(PURGE)
    bench.work()
    assert_is_gone(bench)
    assert tree_size(other) == 7


def test_a_dataset_without_a_file_is_purged_too(bench):
    purging.remove_tree(bench.home)
    bench.command(PURGE)
    bench.work()
    assert_is_gone(bench, freed=0)


def test_bytes_that_two_names_share_are_freed_once(bench):
    (bench.home / "export").mkdir()
    (bench.home / "export" / "same.arrow").hardlink_to(bench.home / "data/train/0.arrow")
    bench.command(PURGE)
    bench.work()
    assert_is_gone(bench)


def test_its_progress_is_told_in_bytes_that_go(bench):
    bench.command(PURGE)
    bench.work(until=lambda _state: "plan" in bench.adapters.pieces.ledger(PURGE_JOB))
    work = finish(purge_entry(folder=str(bench.home), name="data", bytes=210))
    assert [step.done for step in work["steps"]] in ([0, 200, 210], [0, 10, 210])
    assert {(step.total, step.unit) for step in work["steps"]} == {(210, "BYTES")}
    assert all(step.committed for step in work["steps"][1:])


@pytest.mark.parametrize("times", [1, 4])
def test_a_child_killed_in_the_middle_of_an_entry_is_a_failed_attempt_and_the_purge_ends_once(bench, times):
    # given a dataset whose many files are being removed
    put(bench.home, {f"data/many/{number:05}": 1 for number in range(MANY)})
    bench.command(PURGE)
    bench.work(until=lambda _state: "plan" in bench.adapters.pieces.ledger(PURGE_JOB))
    many = bench.home / "data/many"

    # when the child is killed in the middle, more often than a job may fail without progress
    for number in range(times):
        before = count_files(many)
        bench.tick()
        attempt = ("purge_dataset", bench.child, PURGE_JOB, "00000")
        working = threading.Thread(target=bench.worker.perform, args=attempt)
        working.start()
        until(lambda before=before: count_files(many) < before)
        os.kill(bench.child.pid, signal.SIGKILL)
        working.join()
        assert 0 < count_files(many) < before, f"kill {number} came too late"
    bench.work()

    # then it goes on, and what was removed before the kill counts as well
    lost = [event for event in bench.events if isinstance(event, JobAttemptFailed)]
    assert [(event.code, event.piece) for event in lost] == [("WORKER_LOST", "00000")] * times
    assert_is_gone(bench, freed=BYTES + MANY)


def test_a_worker_killed_when_all_is_removed_and_nothing_told_has_it_done_once_more(bench):
    bench.command(PURGE)
    bench.work(until=lambda _state: len(bench.adapters.pieces.ledger(PURGE_JOB)) == 4)
    assert bench.adapters.pieces.take(PURGE_JOB, "complete", "a worker that will be killed")
    assert finish(complete_purge(folder=str(bench.home)))["filesLeft"] == 0
    bench.forget_beats()
    bench.work()
    assert_is_gone(bench)


def test_a_worker_that_is_too_late_leaves_no_file_behind(bench):
    """It was away while the dataset was purged, and writes on when it comes back."""
    bench.adapters.pieces.add(JOB, DATASET, "download_dataset", NewPiece("00000", 1))
    late = bench.adapters.pieces.take(JOB, "00000", "a worker that is asleep")
    bench.command(PURGE)
    bench.work(rounds=3)
    assert bench.home.is_dir(), "nothing is removed below the hands of who holds it"
    bench.forget_beats()
    bench.work()
    assert_is_gone(bench)
    put(bench.home, {f"work-{JOB}/00000.{late.fence}.part": 9, "fetched": 9})
    bench.worker._let_go(late)
    assert not bench.home.exists()


def test_reactions_that_happen_again_change_nothing(bench):
    bench.command(PURGE)
    bench.work()
    for recorded in bench.adapters.log.read(stream_of(DATASET)):
        if isinstance(recorded.event, DatasetPurgeRequested | DatasetPurged):
            REACTIONS[type(recorded.event)](bench.adapters, recorded)
    bench.work()
    assert_is_gone(bench)


def test_the_tokens_of_its_jobs_are_forgotten(bench):
    kept = bench.adapters.secrets.keep("hf_of_a_job_that_failed")
    ids = {"dataset_id": DATASET, "tokenization_id": TOKENIZE_JOB, "job_id": TOKENIZE_JOB}
    bench.command(TokenizeDataset(**ids, tokenizer="acme/bpe", secret=kept))
    failed = {"piece": "plan", "fence": 1, "code": ErrorCode.TOKENIZER_NOT_FOUND, "message": "", "retryable": False}
    bench.command(ask.FailAttempt(dataset_id=DATASET, job_id=TOKENIZE_JOB, **failed))
    bench.tick()
    assert bench.adapters.secrets.open(kept) is not None
    bench.command(PURGE)
    bench.tick()
    assert bench.adapters.secrets.open(kept) is None


def test_what_cannot_be_removed_fails_the_purge_with_advice_and_it_goes_on_when_asked_again(bench, monkeypatch):
    # given a file that the system does not let go
    def refuse(_path):
        raise OSError(16, "Device or resource busy")

    monkeypatch.setattr(purging, "remove_tree", refuse)
    with pytest.raises(WorldFailure, match="purge: true once more") as failure:
        finish(complete_purge(folder=str(bench.home)))
    monkeypatch.undo()
    assert (failure.value.code, failure.value.retryable) == (ErrorCode.IN_USE, True)

    # when the purge has failed for it after a part was removed, and is asked for again
    bench.command(PURGE)
    bench.work(until=lambda _state: "00000" in bench.adapters.pieces.ledger(PURGE_JOB))
    told = {"code": ErrorCode.IN_USE, "message": failure.value.message, "retryable": False}
    bench.command(ask.FailAttempt(dataset_id=DATASET, job_id=PURGE_JOB, piece="00001", fence=999, **told))
    bench.tick()
    assert isinstance(bench.events[-1], JobFailed)
    assert bench.state.status == "PURGING"
    bench.command(PURGE)
    bench.work()

    # then all that was there at first is told to be freed
    assert JobRetryRequested in map(type, bench.events)
    assert_is_gone(bench)


def test_the_plan_of_a_folder_that_is_not_there_is_empty(tmp_path):
    found = finish(plan_purge(folder=str(tmp_path / "gone")))
    assert (found["bytesFreed"], found["pieces"]) == (0, [])
    assert finish(complete_purge(folder=str(tmp_path / "gone" / "home")))["filesLeft"] == 0


DELETE_TOKENS = DeleteTokenization(dataset_id=DATASET, tokenization_id=TOKENIZATION)
TOKENS_PURGE = purge_job_id(TOKENIZATION)
OF_TOKENS = {f"tokens-{TOKENIZE_JOB}-3/train/0.arrow": 40, f"work-{TOKENIZE_JOB}/00000.2.arrow": 2}
GONE = TokenizationPurged(tokenization_id=TOKENIZATION, job_id=TOKENS_PURGE, bytes_freed=42)


def tokens_that_failed(bench):
    """With the pieces that are kept for a retry, and one folder that a worker had just published."""
    put(bench.home, OF_TOKENS)
    history = tokenizing()[len(ready()) :]
    bench.adapters.log.append(Append(stream_of(DATASET), len(ready()), history, Trace("command", "story")))
    failed = {"piece": "plan", "fence": 1, "code": ErrorCode.TOKENIZATION_FAILED, "message": "", "retryable": False}
    bench.command(ask.FailAttempt(dataset_id=DATASET, job_id=TOKENIZE_JOB, **failed))


def assert_only_the_tokens_are_gone(bench):
    assert [event for event in bench.events if isinstance(event, TokenizationPurged)] == [GONE]
    assert bench.state.jobs[TOKENS_PURGE].status == "SUCCEEDED"
    left = sum(path.stat().st_size for path in bench.home.rglob("*") if path.is_file())
    assert (left, list(bench.home.glob(f"*{TOKENIZE_JOB}*")), bench.pieces_left()) == (BYTES, [], 0)


def test_of_a_deleted_tokenization_its_files_go_what_was_kept_for_a_retry_too_and_nothing_else(bench):
    tokens_that_failed(bench)
    bench.work()
    assert bench.pieces_left() == 2, "a plan, and a clean-up a day later"
    bench.command(DELETE_TOKENS)
    bench.work()
    assert_only_the_tokens_are_gone(bench)


def test_a_worker_killed_among_the_files_of_a_tokenization_has_them_removed_once(bench):
    tokens_that_failed(bench)
    bench.command(DELETE_TOKENS)
    bench.work(until=lambda _state: len(bench.adapters.pieces.ledger(TOKENS_PURGE)) == 3)
    assert bench.adapters.pieces.take(TOKENS_PURGE, "complete", "a worker that will be killed")
    assert finish(complete_purge(folder=str(bench.home), jobs=[TOKENIZE_JOB, EXPORT_JOB]))["filesLeft"] == 0
    bench.forget_beats()
    bench.work()
    assert_only_the_tokens_are_gone(bench)


def test_its_files_go_below_other_work_on_the_dataset_and_in_the_trash(bench):
    """Somebody holds a piece of another job; a purge of the dataset would wait for that."""
    tokens_that_failed(bench)
    bench.adapters.pieces.add(JOB, DATASET, "download_dataset", NewPiece("00000", 1))
    assert bench.adapters.pieces.take(JOB, "00000", "a worker that works on")
    bench.command(DELETE_TOKENS)
    bench.command(DeleteDataset(dataset_id=DATASET))
    bench.work()
    bench.adapters.pieces.forget(JOB)
    assert_only_the_tokens_are_gone(bench)
    bench.command(RestoreDataset(dataset_id=DATASET))
    assert bench.state.status == "READY"


def test_a_purge_of_the_dataset_takes_the_files_of_its_deleted_tokens_along(bench):
    tokens_that_failed(bench)
    bench.command(DELETE_TOKENS)
    bench.command(PURGE)
    bench.work()
    assert_is_gone(bench, freed=BYTES + 42)


def test_bytes_that_two_entries_share_are_freed_together(tmp_path):
    put(tmp_path, {"work-a/x": 5, "other": 1})
    (tmp_path / "tokens-a-1").hardlink_to(tmp_path / "work-a/x")
    assert finish(plan_purge(folder=str(tmp_path), jobs=["a"]))["bytesFreed"] == 5
