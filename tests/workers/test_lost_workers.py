"""What is lost, killed or emptied in the middle of a run, and how the run goes on."""

import threading
from dataclasses import replace

import psycopg

from domain import commands as ask
from domain.adapters.checkpoints import DISPATCHER, move, position_of
from domain.dataset import stream_of
from domain.events import JobAttemptFailed
from tests.api.client import until
from tests.domain.stories import DATASET, JOB
from tests.workers.bench import COUNT, sample_run
from workers.dispatch import Dispatcher
from workers.reactions import REACTIONS
from workers.runs import Call


def test_a_worker_that_is_gone_is_noticed_and_its_piece_goes_on_elsewhere(bench):
    bench.request(COUNT)
    bench.tick()
    assert bench.adapters.pieces.take(JOB, "plan", "a worker that was killed")
    bench.forget_beats()
    bench.work()
    (attempt,) = [event for event in bench.events if isinstance(event, JobAttemptFailed)]
    assert (attempt.code, attempt.lost) == ("WORKER_LOST", True)
    assert bench.job.status == "SUCCEEDED"


def test_three_lost_workers_in_a_row_fail_the_job(bench):
    bench.request(COUNT)
    for number in range(3):
        bench.tick()
        assert bench.adapters.pieces.take(JOB, "plan", f"worker {number}")
        bench.forget_beats()
    bench.tick()
    assert bench.events[-1].code == "WORKER_LOST"


def test_a_lost_worker_that_had_made_progress_does_not_count_up(bench):
    bench.request(COUNT)
    for number in range(5):
        bench.tick()
        lease = bench.adapters.pieces.take(JOB, "plan", f"worker {number}")
        bench.adapters.pieces.beat(lease, progressed=True)
        bench.forget_beats()
    bench.work()
    assert bench.job.status == "SUCCEEDED"


def test_a_worker_killed_right_after_the_last_event_leaves_nothing_to_do(bench):
    bench.request(COUNT)
    bench.work(until=lambda _state: bench.adapters.pieces.ledger(JOB).keys() >= {"00000"})
    lease = bench.adapters.pieces.take(JOB, "complete", "a worker that will be killed")
    bench.command(ask.CompleteDownload(dataset_id=DATASET, job_id=JOB, folder="f", size_bytes=1, ingest_job_id=DATASET))
    bench.forget_beats()
    bench.work()
    assert lease is not None
    assert bench.job.status == "SUCCEEDED"
    assert bench.adapters.pieces.ledger(JOB) == {}


def test_a_worker_killed_between_the_rename_and_the_append_leaves_one_output(bench):
    """Its folder is there and no event names it; the next attempt publishes its own, and the first is swept."""
    bench.request(COUNT)
    run, folder = bench.worker._runs["download_dataset"], bench.adapters.storage / "datasets" / DATASET
    published = []

    def publish(task, ledger, result):
        final = task.final("source")
        final.mkdir(parents=True)
        published.append(final)
        if len(published) == 1:
            raise psycopg.OperationalError("killed here: from now on this worker says nothing")
        return replace(run.completed(task, ledger, result), folder=task.relative(final))

    bench.worker._runs = {"download_dataset": replace(run, completed=publish)}
    bench.work(until=lambda _state: published)
    bench.forget_beats()
    bench.work()
    assert bench.job.status == "SUCCEEDED"
    assert len(published) == 2
    assert bench.state.downloaded == str(published[1].relative_to(bench.adapters.storage))
    assert [path.name for path in folder.iterdir()] == [published[1].name]


def test_an_orderly_stop_gives_the_piece_back_and_counts_as_no_attempt(bench):
    bench.request({"function": "hang"})
    hanging = in_hand(bench)
    bench.worker.stop()
    hanging.join(30)
    assert bench.adapters.pieces.stalled(0) == []
    assert [message.piece for message in bench.adapters.pieces.ready(1)] == ["00000"]
    bench.tick()
    assert not any(isinstance(event, JobAttemptFailed) for event in bench.events)


def test_an_emptied_redis_loses_nothing(bench):
    bench.request(COUNT, COUNT)
    bench.tick()
    queue = "dramatiq:downloads"
    assert bench.broker.client.llen(queue) == 1
    bench.broker.client.flushall()
    bench.tick()
    assert bench.broker.client.llen(queue) == 1
    bench.work()
    assert bench.job.status == "SUCCEEDED"


def test_run_state_that_was_lost_is_made_again(bench):
    bench.request(COUNT)
    bench.tick()
    bench.adapters.pieces.forget(JOB)
    bench.dispatcher._swept = float("-inf")
    bench.work()
    assert bench.job.status == "SUCCEEDED"


def test_only_one_dispatcher_works_and_another_takes_over(bench):
    bench.tick()
    second = Dispatcher(bench.adapters, bench.broker)
    assert not second.tick()
    bench.dispatcher.resign()
    until(second.tick)
    second.resign()


def in_hand(bench):
    """A piece whose work the worker has begun, in a thread."""
    bench.work(until=lambda _state: "plan" in bench.adapters.pieces.ledger(JOB))
    thread = threading.Thread(
        target=lambda: bench.worker.perform("download_dataset", bench.child, JOB, "00000"), daemon=True
    )
    thread.start()
    until(lambda: bench.adapters.progress.of_jobs([JOB]))
    return thread


def cut_every_connection(database_url):
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


def test_an_outage_of_postgres_costs_no_piece_and_mixes_up_no_results(bench, database_url):
    """The connections are cut while a piece is at work; its result and that of the next are each their own."""
    bench.request({"function": "count", "to": 60, "seconds": 0.03}, {"function": "count", "to": 5})
    working = in_hand(bench)
    cut_every_connection(database_url)
    working.join(20)
    bench.dispatcher.resign()
    bench.work()
    done = [event for event in bench.events if isinstance(event, JobAttemptFailed)]
    assert bench.job.status == "SUCCEEDED"
    assert done == []


def test_a_call_that_was_left_never_answers_the_next(bench):
    work = bench.child.call("count", {"to": 50, "seconds": 0.01})
    next(work)
    work.close()
    answer = bench.child.call("count", {"to": 2})
    assert [step.total for step in answer] == [2, 2]


def test_living_workers_are_not_charged_for_an_outage(bench, monkeypatch):
    monkeypatch.setattr("workers.dispatch.CALM_SECONDS", 600.0)  # longer than this takes on any machine
    bench.request(COUNT)
    bench.tick()
    assert bench.adapters.pieces.take(JOB, "plan", "a living worker")
    bench.forget_beats()
    bench.dispatcher.note_trouble()
    bench.tick()
    assert not any(isinstance(event, JobAttemptFailed) for event in bench.events)


def test_a_zombie_that_publishes_after_the_clean_up_takes_its_folder_along(bench):
    bench.request(COUNT)
    bench.work(until=lambda _state: bench.adapters.pieces.ledger(JOB).keys() >= {"00000"})
    run = bench.worker._runs["download_dataset"]

    def late(task, ledger, result):
        """Everything ends elsewhere while this attempt is about to tell of its folder."""
        bench.command(
            ask.CompleteDownload(dataset_id=DATASET, job_id=JOB, folder="f", size_bytes=1, ingest_job_id=DATASET)
        )
        bench.adapters.pieces.forget(JOB)
        task.final("source").mkdir(parents=True)
        task.work.joinpath(f"complete.{task.lease.fence}.arrow").touch()
        task.final("source").with_name(task.final("source").name + "0").mkdir()
        return run.completed(task, ledger, result)

    bench.worker._runs = {"download_dataset": replace(run, completed=late)}
    bench.worker.perform("download_dataset", bench.child, JOB, "complete")
    home = bench.adapters.storage / "datasets" / DATASET
    (other,) = home.glob("source-*")
    assert other.name.endswith("0"), "another fence that begins alike is left alone"
    assert not (home / f"work-{JOB}").exists()


def test_a_finished_piece_that_was_damaged_is_made_again(bench):
    bench.request({"function": "write"})
    bench.work(until=lambda _state: bench.adapters.pieces.ledger(JOB).keys() >= {"00000"})
    run, seen = bench.worker._runs["download_dataset"], []

    def check(task, ledger):
        seen.append(ledger["00000"]["file"])
        function = "find_damage" if len(seen) == 1 else "count"
        return Call(function, {"to": 1, "file": ledger["00000"]["file"]})

    bench.worker._runs = {"download_dataset": replace(run, complete=check)}
    for _ in range(3):
        bench.work(rounds=4)
        bench.wait_over()
    assert bench.job.status == "SUCCEEDED"
    assert len(set(seen)) == 2


def test_a_checkpoint_never_goes_back(bench):
    move(bench.adapters.pool, DISPATCHER, 10)
    move(bench.adapters.pool, DISPATCHER, 7)
    assert position_of(bench.adapters.pool, DISPATCHER) == 10


def test_a_dispatcher_that_died_before_its_checkpoint_reacts_again_to_the_same_end(bench):
    """Every event of stories with failures, a cancel and a retry is reacted to twice."""
    bench.request({"function": "fail", "retryable": False})
    bench.work()
    bench.command(ask.RetryJob(dataset_id=DATASET, job_id=JOB))
    twice_over(bench)
    bench.command(ask.CancelJob(dataset_id=DATASET, job_id=JOB))
    bench.work(rounds=2)
    twice_over(bench)
    bench.worker._runs = {"download_dataset": sample_run(COUNT)}
    bench.command(ask.RetryJob(dataset_id=DATASET, job_id=JOB))
    bench.work()
    twice_over(bench)
    assert bench.job.status == "SUCCEEDED"
    bench.work()
    assert bench.adapters.pieces.ledger(JOB) == {}
    assert list((bench.adapters.storage / "datasets" / DATASET).iterdir()) == []


def twice_over(bench):
    """The newest event once more, as after a crash between the reaction and the checkpoint."""
    bench.tick()
    newest = bench.adapters.log.read(stream_of(DATASET))[-1]
    if type(newest.event) in REACTIONS:
        REACTIONS[type(newest.event)](bench.adapters, newest)


def test_a_failed_jobs_clean_up_comes_after_its_time_also_when_it_was_asked_for_twice(bench):
    bench.request({"function": "fail", "retryable": False})
    bench.work()
    twice_over(bench)
    with bench.adapters.pool.connection() as connection:
        connection.execute("UPDATE pieces SET not_before = clock_timestamp()")
    bench.work()
    assert bench.adapters.pieces.ledger(JOB) == {}
    assert list((bench.adapters.storage / "datasets" / DATASET).iterdir()) == []


def test_a_cancel_and_a_retry_at_once_leave_nothing_behind(bench):
    bench.request(COUNT)
    bench.work(until=lambda _state: "plan" in bench.adapters.pieces.ledger(JOB))
    bench.command(ask.CancelJob(dataset_id=DATASET, job_id=JOB))
    bench.tick()
    bench.command(ask.RetryJob(dataset_id=DATASET, job_id=JOB))
    bench.work(rounds=20)
    assert bench.job.status == "SUCCEEDED"
    assert list((bench.adapters.storage / "datasets" / DATASET).iterdir()) == []
    assert bench.adapters.pieces.ledger(JOB) == {}


def test_what_is_always_thrown_away_again_is_no_progress(bench):
    """A file whose checksum is always wrong saves chunks in each attempt, and drops them."""
    bench.request({"function": "save_and_discard"})
    for _ in range(5):
        bench.work(rounds=3)
        bench.wait_over()
    assert bench.events[-1].code == "CHECKSUM_MISMATCH"
    assert len([event for event in bench.events if isinstance(event, JobAttemptFailed)]) == 2
