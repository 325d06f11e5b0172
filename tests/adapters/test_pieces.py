"""Leases with fences, and the ledger of finished pieces."""

import psycopg
import pytest

from domain.adapters import progress
from domain.adapters.pieces import (
    CLEAN,
    COMPLETE,
    LOST_AFTER_SECONDS,
    PLAN,
    READY,
    SENT_AHEAD,
    WORK,
    Message,
    NewPiece,
)
from domain.commands import CancelJob, ConfirmCancel, DownloadDataset, StartJob
from domain.handle import handle
from domain.import_commands import ImportDataset
from domain.log import Trace
from tests.domain.stories import DATASET, IMPORT, JOB

ACTOR = "download_dataset"
PURGES = """
WITH many AS (SELECT md5('job' || n)::uuid AS job, md5('dataset' || n)::uuid AS dataset FROM generate_series(1, %s) n),
    asked AS (
        INSERT INTO jobs (id, dataset_id, kind, status, attempt, position, created_at)
        SELECT job, dataset, 'PURGE', 'QUEUED', 1, 1, clock_timestamp() FROM many)
INSERT INTO pieces (job_id, piece, dataset_id, actor, stage, spec)
SELECT job, 'plan', dataset, 'purge_dataset', 0, '{}' FROM many
"""
PIECES_READ = """
SELECT (coalesce(sum(seq_tup_read), 0) + coalesce(sum(idx_tup_fetch), 0))::int
FROM pg_stat_xact_user_tables WHERE relname = 'pieces'
"""
TRACE = Trace("command", "story")
OTHER = "00000000-0000-4000-8000-0000000000f1"


@pytest.fixture
def pieces(adapters):
    handle(adapters.log, DownloadDataset(dataset_id=DATASET, job_id=JOB, repository="acme/english"), TRACE)
    adapters.pieces.add(JOB, DATASET, ACTOR, NewPiece("plan", PLAN))
    return adapters.pieces


@pytest.fixture
def lease(pieces):
    return pieces.take(JOB, "plan", "one")


def age(adapters, column, seconds, piece="plan"):
    """The database clock cannot be turned, so what it wrote is moved back."""
    with adapters.pool.connection() as connection:
        connection.execute(
            f"UPDATE pieces SET {column} = {column} - make_interval(secs => %s) WHERE piece = %s", (seconds, piece)
        )


def sendable(pieces, downloads=1):
    return [message.piece for message in pieces.ready(downloads)]


def test_a_piece_has_one_holder(pieces, lease):
    assert lease.holder == "one"
    assert pieces.take(JOB, "plan", "two") is None


def test_each_taking_draws_a_higher_fence(pieces, lease):
    pieces.let_go(lease)
    assert pieces.take(JOB, "plan", "two").fence > lease.fence


def test_a_zombie_is_refused(pieces, lease):
    pieces.reopen(JOB, "plan", lease.fence, 0)
    newer = pieces.take(JOB, "plan", "two")
    assert not pieces.beat(lease, progressed=False)
    assert not pieces.commit(lease, {"of": "zombie"})
    pieces.let_go(lease)
    assert pieces.commit(newer, {"of": "two"})
    assert pieces.outcome(JOB, "plan") == {"of": "two"}


def test_a_commit_enters_the_ledger_and_opens_the_next_stage(pieces, lease):
    pieces.sent(pieces_message())
    follow = [NewPiece("00000", WORK, {"n": 0}, 5), NewPiece("00001", WORK), NewPiece("complete", COMPLETE)]
    assert pieces.commit(lease, {"planned": True}, follow)
    assert sendable(pieces) == ["00000", "00001"]
    for name in ("00000", "00001"):
        pieces.commit(pieces.take(JOB, name, "one"), {"name": name})
    assert sendable(pieces) == ["complete"]
    assert list(pieces.ledger(JOB).values()) == [{"planned": True}, {"name": "00000"}, {"name": "00001"}]


def test_the_ledger_has_its_pieces_in_their_order_however_many_there_are(pieces, lease):
    numbers = [100_000, 99_999, 9]
    pieces.commit(lease, {}, [NewPiece(f"{number:05}", WORK) for number in numbers])
    for number in numbers:
        pieces.commit(pieces.take(JOB, f"{number:05}", "one"), {})
    assert list(pieces.ledger(JOB)) == ["plan", "00009", "99999", "100000"]


def pieces_message():
    return Message(JOB, "plan", DATASET, ACTOR)


def test_what_was_sent_is_not_sent_again_until_it_is_lost(adapters, pieces):
    assert sendable(pieces) == ["plan"]
    pieces.sent(pieces_message())
    assert sendable(pieces) == []
    assert [message.piece for message in pieces.ready(1, resend=True)] == ["plan"]
    age(adapters, "sent_at", LOST_AFTER_SECONDS + 1)
    assert sendable(pieces) == ["plan"]


def test_a_holder_that_is_not_heard_of_is_stalled(adapters, pieces, lease):
    assert pieces.stalled(15) == []
    age(adapters, "beat_at", 16)
    (stalled,) = pieces.stalled(15)
    assert (stalled.piece, stalled.fence) == ("plan", lease.fence)
    assert pieces.beat(lease, progressed=True)
    assert pieces.stalled(15) == []


def test_a_wait_is_kept_to(pieces, lease):
    pieces.reopen(JOB, "plan", lease.fence, 60)
    assert pieces.take(JOB, "plan", "two") is None
    assert sendable(pieces) == []


def test_a_revoked_piece_is_let_go_of_and_not_taken(pieces, lease):
    pieces.revoke(JOB)
    assert not pieces.beat(lease, progressed=False)
    assert not pieces.commit(lease, {})
    pieces.let_go(lease)
    assert pieces.take(JOB, "plan", "two") is None
    pieces.resume(JOB)
    assert pieces.take(JOB, "plan", "two") is not None


def test_downloads_wait_their_turn(adapters, pieces):
    handle(adapters.log, DownloadDataset(dataset_id=OTHER, job_id=OTHER, repository="acme/other"), TRACE)
    pieces.add(OTHER, OTHER, ACTOR, NewPiece("plan", PLAN))
    assert [message.job_id for message in pieces.ready(1)] == [JOB]
    assert [message.job_id for message in pieces.ready(2)] == [JOB, OTHER]


def test_a_cancelled_download_gives_its_turn_to_the_one_that_has_waited_longest(adapters, pieces):
    others = [f"00000000-0000-4000-8000-0000000000f{number}" for number in range(3)]
    for other in others:
        handle(adapters.log, DownloadDataset(dataset_id=other, job_id=other, repository=f"acme/{other}"), TRACE)
        pieces.add(other, other, ACTOR, NewPiece("plan", PLAN))

    def cancel(job, dataset):
        for command in (CancelJob, ConfirmCancel):
            handle(adapters.log, command(dataset_id=dataset, job_id=job), TRACE)
        pieces.forget(job)

    handle(adapters.log, StartJob(dataset_id=DATASET, job_id=JOB), TRACE)
    assert {message.job_id for message in pieces.ready(1)} <= {JOB}
    cancel(JOB, DATASET)
    assert [message.job_id for message in pieces.ready(1)] == [others[0]]
    assert [message.job_id for message in pieces.ready(2)] == others[:2]
    cancel(others[0], others[0])
    assert [message.job_id for message in pieces.ready(1)] == [others[1]]


def test_only_so_many_are_sent_ahead_of_busy_workers(pieces, lease):
    pieces.commit(lease, {}, [NewPiece(f"{number:05}", WORK) for number in range(50)])
    assert len(sendable(pieces)) == SENT_AHEAD
    pieces.take(JOB, "00000", "one")
    pieces.take(JOB, "00001", "two")
    assert len(sendable(pieces)) == SENT_AHEAD + 2


def test_a_purge_waits_for_who_works_on_its_dataset_and_for_nobody_else(adapters, pieces, lease):
    adapters.pieces.add(OTHER, DATASET, "purge_dataset", NewPiece("plan", PLAN))
    with adapters.pool.connection() as connection:
        connection.execute(
            "INSERT INTO jobs (id, dataset_id, kind, status, attempt, position, created_at) "
            "VALUES (%s, %s, 'PURGE', 'QUEUED', 1, 1, clock_timestamp())",
            (OTHER, DATASET),
        )
    assert sendable(pieces) == []
    pieces.let_go(lease)
    assert {message.job_id for message in pieces.ready(1)} == {JOB, OTHER}


def test_what_may_start_is_found_by_reading_each_waiting_purge_a_few_times(adapters, database_url):
    # given many purges that wait, as after the trash was emptied
    waiting = 2_000
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute(PURGES, (waiting,))
        connection.execute("ANALYZE pieces, jobs")

    # when it is asked what may start
    with psycopg.connect(database_url) as connection:
        ready = connection.execute(READY, {"downloads": 1, "ahead": SENT_AHEAD, "lost": 30, "all": False}).fetchall()
        read = connection.execute(PIECES_READ).fetchone()

    # then not all of them were read for each
    assert len(ready) == SENT_AHEAD
    assert read is not None
    assert read[0] < 10 * waiting


def test_the_clean_up_waits_for_nothing_and_is_called_off_by_a_retry(pieces, lease):
    pieces.add(JOB, DATASET, "clean_run", NewPiece("clean", CLEAN))
    assert sendable(pieces) == ["clean"]
    pieces.resume(JOB)
    assert sendable(pieces) == []


def test_clean_ups_that_failed_hold_up_none_that_is_due_before_their_next_try(adapters, pieces):
    jobs = [f"00000000-0000-4000-8000-0000000000c{number}" for number in range(SENT_AHEAD + 1)]
    for job in jobs:
        handle(adapters.log, DownloadDataset(dataset_id=job, job_id=job, repository=f"acme/{job}"), TRACE)
        pieces.add(job, job, "clean_run", NewPiece("clean", CLEAN))
    *older, newest = jobs
    for job in older:
        failed = pieces.take(job, "clean", "one")
        pieces.reopen(job, "clean", failed.fence, 0)
    sent = [message.job_id for message in pieces.ready(1) if message.actor == "clean_run"]
    assert sent == [newest, *older[:-1]]


def test_an_open_job_without_run_state_is_found(pieces):
    assert pieces.without_pieces() == []
    pieces.forget(JOB)
    assert pieces.without_pieces() == [(JOB, DATASET, "DOWNLOAD")]


def test_an_import_waits_for_no_download_and_no_download_for_it(adapters, pieces):
    copied = "00000000-0000-4000-8000-0000000000b1"
    handle(adapters.log, ImportDataset(dataset_id=copied, job_id=copied, **IMPORT), TRACE)
    assert (copied, copied, "IMPORT") in pieces.without_pieces()
    with adapters.pool.connection() as connection:
        connection.execute("UPDATE jobs SET created_at = created_at - interval '1 hour' WHERE id = %s", (copied,))
    pieces.add(copied, copied, "import_dataset", NewPiece("plan", PLAN))
    assert {message.job_id for message in pieces.ready(1)} == {JOB, copied}


def test_progress_is_written_at_most_twice_a_second_and_adds_up_over_pieces(adapters, pieces, lease, monkeypatch):
    assert progress.LEAST_SECONDS_BETWEEN_WRITES == 0.5
    monkeypatch.setattr(progress, "LEAST_SECONDS_BETWEEN_WRITES", 60.0)  # a busy machine is never so late
    board = adapters.progress
    pieces.commit(lease, {}, [NewPiece("00000", WORK, {}, 100), NewPiece("00001", WORK, {}, 50)])
    first, second = pieces.take(JOB, "00000", "one"), pieces.take(JOB, "00001", "two")
    assert board.write(first, "BYTES", 10)
    assert not board.write(second, "BYTES", 5)
    backdate(adapters, 60)
    assert board.write(second, "BYTES", 5)
    row = board.of_jobs([JOB])[JOB]
    assert (row.done, row.total, row.unit) == (15, 150, "BYTES")
    assert row.rate == pytest.approx(5 / 60, rel=0.2)
    pieces.commit(first, {})
    board.settle(JOB, "00000")
    backdate(adapters, 60)
    board.write(second, "BYTES", 7)
    assert board.of_datasets([DATASET])[DATASET][0].done == 107


def backdate(adapters, seconds):
    with adapters.pool.connection() as connection:
        connection.execute("UPDATE progress SET updated_at = updated_at - make_interval(secs => %s)", (seconds,))
