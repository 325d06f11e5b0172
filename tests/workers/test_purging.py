"""Purges: all files of a dataset go, whatever happens to who removes them, and the last event tells of it once."""

import os
import signal
import threading
from collections.abc import Iterator

import pytest

from domain import commands as ask
from domain.adapters import Adapters
from domain.adapters.files import count_files, tree_size
from domain.adapters.pieces import NewPiece
from domain.dataset import stream_of
from domain.errors import ErrorCode, WorldFailure
from domain.events import JobAttemptFailed, JobFailed, JobRetryRequested
from domain.tokenization_commands import TokenizeDataset
from domain.trash_events import DatasetPurged, DatasetPurgeRequested
from tests.api.client import until
from tests.domain.stories import DATASET, JOB, PURGE_JOB, TOKENIZE_JOB
from tests.workers.half_purges import half_of
from tests.workers.purges import BYTES, PURGE, PurgeBench, assert_is_gone, put
from tests.workers.tokenization import finish
from workers import purging
from workers.child import FUNCTIONS, Child
from workers.purging import complete_purge, plan_purge, purge_entry
from workers.reactions import REACTIONS

MANY = 100


@pytest.fixture
def bench(adapters: Adapters, child: Child) -> Iterator[PurgeBench]:
    made = PurgeBench(adapters, child)
    yield made
    made.close()


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


@pytest.fixture
def halting() -> Iterator[Child]:
    """A child that removes half of the files of an entry, and goes no further."""
    made = Child({**FUNCTIONS, "purge_entry": "tests.workers.half_purges"})
    yield made
    made.close()


@pytest.mark.parametrize("times", [1, 4])
def test_a_child_killed_in_the_middle_of_an_entry_is_a_failed_attempt_and_the_purge_ends_once(bench, halting, times):
    # given a dataset whose many files are being removed
    put(bench.home, {f"data/many/{number:05}": 1 for number in range(MANY)})
    bench.command(PURGE)
    bench.work(until=lambda _state: "plan" in bench.adapters.pieces.ledger(PURGE_JOB))
    many = bench.home / "data/many"

    # when the child is killed in the middle, more often than a job may fail without progress
    for _ in range(times):
        before, left = count_files(many), half_of(count_files(bench.home / "data"))
        bench.tick()
        attempt = ("purge_dataset", halting, PURGE_JOB, "00000")
        working = threading.Thread(target=bench.worker.perform, args=attempt)
        working.start()
        until(lambda left=left: count_files(bench.home / "data") == left, seconds=60)
        os.kill(halting.pid, signal.SIGKILL)
        working.join()
        assert 0 < count_files(many) < before
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


def test_a_worker_that_fails_for_what_a_purge_has_removed_leaves_no_file_behind(bench):
    """It was stopped in the middle of a piece, and goes on where nothing is there any more."""
    bench.adapters.pieces.add(JOB, DATASET, "download_dataset", NewPiece("00000", 1))
    late = bench.adapters.pieces.take(JOB, "00000", "a worker that is stopped")
    bench.command(PURGE)
    bench.forget_beats()
    bench.work()
    assert_is_gone(bench)
    put(bench.home, {f"work-{JOB}/scratch/rows.csv": 9})
    ids = {"dataset_id": DATASET, "job_id": JOB, "piece": "00000", "fence": late.fence}
    bench.worker._report(late, ask.FailAttempt(**ids, code=ErrorCode.INTERNAL, message="no such file", retryable=False))
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


def test_bytes_that_two_entries_share_are_freed_together(tmp_path):
    put(tmp_path, {"work-a/x": 5, "other": 1})
    (tmp_path / "tokens-a-1").hardlink_to(tmp_path / "work-a/x")
    assert finish(plan_purge(folder=str(tmp_path), jobs=["a"]))["bytesFreed"] == 5
