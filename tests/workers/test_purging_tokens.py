"""Purges of deleted tokens: their files go, and nothing else of the dataset."""

from collections.abc import Iterator

import pytest

from domain import commands as ask
from domain.adapters import Adapters
from domain.adapters.pieces import CLEAN, NewPiece
from domain.dataset import stream_of
from domain.errors import ErrorCode
from domain.log import Append, Trace
from domain.tokenization_commands import DeleteTokenization
from domain.tokenization_events import TokenizationPurged
from domain.trash import purge_job_id
from domain.trash_commands import DeleteDataset, RestoreDataset
from domain.trash_events import DatasetPurged
from tests.domain.stories import DATASET, EXPORT_JOB, JOB, TOKENIZATION, TOKENIZE_JOB, ready, tokenizing
from tests.workers.purges import BYTES, PURGE, PurgeBench, assert_is_gone, put
from tests.workers.tokenization import finish
from workers.child import Child
from workers.cleaning import clean_run
from workers.purging import complete_purge

DELETE_TOKENS = DeleteTokenization(dataset_id=DATASET, tokenization_id=TOKENIZATION)
TOKENS_PURGE = purge_job_id(TOKENIZATION)
OF_TOKENS = {f"tokens-{TOKENIZE_JOB}-3/train/0.arrow": 40, f"work-{TOKENIZE_JOB}/00000.2.arrow": 2}
GONE = TokenizationPurged(tokenization_id=TOKENIZATION, job_id=TOKENS_PURGE, bytes_freed=42)


@pytest.fixture
def bench(adapters: Adapters, child: Child) -> Iterator[PurgeBench]:
    made = PurgeBench(adapters, child)
    yield made
    made.close()


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


@pytest.mark.parametrize(("purge", "whole"), [(DELETE_TOKENS, 42), (PURGE, BYTES + 42)])
def test_a_clean_up_that_comes_before_a_purge_leaves_it_all_that_it_is_to_tell_of(bench, purge, whole):
    tokens_that_failed(bench)
    bench.work()
    bench.adapters.pieces.add(TOKENIZE_JOB, DATASET, "clean_run", NewPiece("clean now", CLEAN))
    held = bench.adapters.pieces.take(TOKENIZE_JOB, "clean now", "a worker that is slow")
    bench.command(purge)
    clean_run(bench.adapters, held)
    bench.work()
    ends = [event for event in bench.events if isinstance(event, TokenizationPurged | DatasetPurged)]
    assert [end.bytes_freed for end in ends] == [whole]


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
