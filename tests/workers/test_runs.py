"""Runs from request to end: real dispatcher, worker, child, Postgres and Valkey; only the work itself is a sample."""

import errno
import threading
from dataclasses import replace
from uuid import uuid4

import pytest

from domain import commands as ask
from domain.adapters.pieces import NewPiece
from domain.adapters.public_ids import public_id
from domain.dataset import stream_of
from domain.errors import ErrorCode, Refused
from domain.events import JobAttemptFailed, JobFailed
from tests.api.client import until
from tests.domain.stories import DATASET, JOB, PIN
from tests.workers.bench import COUNT
from workers.dispatch import Dispatcher
from workers.runs import work_pieces


def test_a_run_goes_through_its_stages_to_its_event(bench):
    bench.request(COUNT, COUNT, COUNT)
    bench.work()
    assert bench.job.status == "SUCCEEDED"
    assert bench.state.downloaded == "folder of 4"
    assert not any(isinstance(event, JobAttemptFailed) for event in bench.events)


@pytest.mark.parametrize("most", [1, 2])
def test_as_many_downloads_are_sent_as_the_setting_says(adapters, bench, most):
    settings = replace(adapters.settings, downloads=most)
    bench.dispatcher = Dispatcher(replace(adapters, settings=settings), bench.broker)
    for number in range(3):
        ids = {"dataset_id": str(uuid4()), "job_id": str(uuid4())}
        bench.command(ask.DownloadDataset(**ids, repository=f"acme/{number}"))
    bench.tick()
    assert bench.broker.client.llen("dramatiq:downloads") == most


def test_the_events_of_a_run_tell_which_command_caused_them_and_whose_story_they_are(bench):
    bench.request(COUNT)
    bench.work()
    recorded = bench.adapters.log.read(stream_of(DATASET))
    assert {event.metadata["correlation_id"] for event in recorded} == {"story"}
    assert recorded[1].metadata["causation_id"] == "command"


def test_an_ended_run_leaves_no_run_state_and_no_folder(bench):
    bench.request(COUNT)
    bench.work()
    assert bench.adapters.pieces.ledger(JOB) == {}
    assert bench.adapters.progress.of_jobs([JOB]) == {}
    assert list((bench.adapters.storage / "datasets" / DATASET).iterdir()) == []


def test_a_clean_up_that_fails_is_tried_again_after_a_while_and_not_at_once(adapters, bench, monkeypatch):
    tried = []

    def fail(_adapters, lease):
        tried.append(lease.job_id)
        raise OSError(errno.EIO, "the disk does not answer")

    monkeypatch.setattr("workers.actors.clean_run", fail)
    bench.request(COUNT)
    bench.work()
    assert (bench.job.status, tried.count(JOB)) == ("SUCCEEDED", 1)
    monkeypatch.undo()
    with adapters.pool.connection() as connection:
        connection.execute("UPDATE pieces SET not_before = clock_timestamp() WHERE actor = 'clean_run'")
    bench.work()
    assert JOB not in adapters.pieces.jobs_of(DATASET)


def test_the_worlds_failure_is_tried_three_times_each_a_fact(bench):
    bench.request({"function": "fail", "retryable": True})
    for _ in range(4):
        bench.work(rounds=3)
        bench.wait_over()
    attempts = [event for event in bench.events if isinstance(event, JobAttemptFailed)]
    assert [attempt.failures for attempt in attempts] == [1, 2]
    assert bench.events[-1].code == "HUB_UNAVAILABLE"
    assert bench.state.status == "FAILED"


def test_a_retry_begins_no_sooner_than_its_wait(bench, monkeypatch):
    monkeypatch.setattr("domain.jobs.FIRST_RETRY_SECONDS", 60.0)  # longer than this takes on any machine
    bench.request({"function": "fail", "retryable": True})
    bench.work()
    assert len([event for event in bench.events if isinstance(event, JobAttemptFailed)]) == 1


def test_a_retry_begins_no_sooner_than_the_world_asked_for(bench):
    bench.request({"function": "fail", "retryable": True, "wait": 40})
    bench.work()
    (attempt,) = [event for event in bench.events if isinstance(event, JobAttemptFailed)]
    assert attempt.retry_in_seconds == 40


def test_a_final_failure_is_not_tried_again(bench):
    bench.request({"function": "fail", "retryable": False})
    bench.work()
    assert isinstance(bench.events[-1], JobFailed)
    assert not any(isinstance(event, JobAttemptFailed) for event in bench.events)


def test_a_bug_fails_the_job_at_once_and_shows_no_trace(bench):
    bench.request({"function": "stumble"})
    bench.work()
    failed = bench.events[-1]
    assert (failed.code, len(failed.error_id)) == ("INTERNAL", 32)
    assert "ZeroDivisionError" not in failed.message


def test_a_child_that_always_crashes_fails_the_job_with_its_signal(bench):
    bench.request({"function": "crash"})
    bench.work()
    failed = bench.events[-1]
    assert failed.code == "WORKER_LOST"
    assert "SIGSEGV" in failed.message


def test_a_failed_job_goes_on_with_the_pieces_it_has(bench):
    bench.request(COUNT, {"function": "fail", "retryable": False})
    bench.work()
    assert bench.state.status == "FAILED"
    before = bench.adapters.pieces.outcome(JOB, "00000")
    with bench.adapters.pool.connection() as connection:
        connection.execute("""UPDATE pieces SET spec = '{"function": "count", "to": 1}' WHERE piece = '00001'""")
    bench.command(ask.RetryJob(dataset_id=DATASET, job_id=JOB))
    bench.work(until=lambda state: state.jobs[JOB].status == "SUCCEEDED", rounds=3)
    assert bench.adapters.pieces.outcome(JOB, "00000") == before
    bench.work()
    assert bench.job.status == "SUCCEEDED"
    assert bench.job.attempt == 2


def test_cancel_kills_the_child_and_is_confirmed_when_the_worker_has_let_go(bench):
    bench.request({"function": "hang"})
    bench.work(until=lambda _state: "plan" in bench.adapters.pieces.ledger(JOB))
    hanging = threading.Thread(
        target=lambda: bench.worker.perform("download_dataset", bench.child, JOB, "00000"), daemon=True
    )
    hanging.start()
    until(lambda: bench.adapters.progress.of_jobs([JOB]))
    bench.command(ask.CancelJob(dataset_id=DATASET, job_id=JOB))
    assert bench.job.status == "CANCELLING"
    bench.tick()
    hanging.join(30)
    assert (hanging.is_alive(), bench.child.lives) == (False, False), "long before its work would be over"
    bench.tick()
    assert bench.state.status == "CANCELLED"
    bench.work()
    assert not (bench.adapters.storage / "datasets" / DATASET / f"work-{JOB}").exists()


def test_a_cancelled_job_begins_anew_when_it_is_retried(bench):
    bench.request(COUNT)
    bench.work(until=lambda _state: "plan" in bench.adapters.pieces.ledger(JOB))
    bench.command(ask.CancelJob(dataset_id=DATASET, job_id=JOB))
    bench.work(rounds=2)
    bench.command(ask.RetryJob(dataset_id=DATASET, job_id=JOB))
    bench.work()
    assert bench.job.status == "SUCCEEDED"
    assert sum(event.__class__.__name__ == "DownloadPinned" for event in bench.events) == 2


def test_a_cancelled_job_that_is_retried_before_its_leftovers_were_cleared_away_comes_to_its_end(bench):
    bench.request(COUNT)
    bench.work(until=lambda _state: "plan" in bench.adapters.pieces.ledger(JOB))
    bench.command(ask.CancelJob(dataset_id=DATASET, job_id=JOB))
    bench.tick()
    bench.command(ask.RetryJob(dataset_id=DATASET, job_id=JOB))
    bench.work()
    assert bench.job.status == "SUCCEEDED"
    assert bench.state.downloaded == "folder of 2", "of the plan and the piece alone"


def test_the_domains_refusal_of_a_result_fails_the_job(bench):
    """As when the counters of a tokenization do not add up."""
    bench.request(COUNT)
    run = bench.worker._runs["download_dataset"]

    def refuse(*_anything):
        raise Refused(ErrorCode.TOKENIZATION_FAILED, "The counts do not add up.")

    bench.worker._runs = {"download_dataset": replace(run, completed=refuse)}
    bench.work()
    assert bench.events[-1].code == "TOKENIZATION_FAILED"


def test_two_of_the_same_download_at_once_leave_one_with_its_name(bench):
    """Both ask in other words and are pinned to the same: the second fails with DUPLICATE_DATASET."""
    other = "00000000-0000-4000-8000-0000000000f1"
    first = ask.DownloadDataset(dataset_id=other, job_id=other, repository="acme/english", revision="v1")
    bench.command(first)
    bench.command(ask.StartJob(dataset_id=other, job_id=other))
    bench.command(ask.PinDownload(dataset_id=other, job_id=other, **PIN))
    with bench.adapters.pool.connection() as connection:
        connection.execute("UPDATE jobs SET status = 'SUCCEEDED' WHERE id = %s", (other,))
    bench.request(COUNT)
    bench.work()
    assert bench.events[-1].code == "DUPLICATE_DATASET"
    assert f"acme/english (dataset {public_id('Dataset', other)})" in bench.events[-1].message
    assert bench.adapters.log.read(f"dataset-{DATASET}")[-1].event.retryable is False


def test_new_pieces_come_in_the_order_of_the_work():
    assert [piece.piece for piece in work_pieces([{}, {}], [1, 2])] == ["00000", "00001", "complete"]
    assert NewPiece("complete", 2) == work_pieces([], [])[0]
