"""Each verdict is red for one planted fault, and not without it."""

from collections.abc import Sequence
from dataclasses import replace
from uuid import uuid4

import pytest

from domain import events as past
from domain.adapters import Adapters
from domain.adapters.checkpoints import DISPATCHER, move
from domain.adapters.pieces import WORK, NewPiece
from domain.dataset import stream_of
from domain.log import Append, Trace
from domain.tokenization_events import TokenizationDeleted, TokenizationPurged
from domain.trash import purge_job_id
from domain.trash_events import DatasetPurged, DatasetPurgeRequested, DatasetTrashed
from tests.chaos.commands import Acknowledged
from tests.chaos.digests import Wanted, digests
from tests.chaos.rounds import DRIVEN
from tests.chaos.verdict import Verdict
from tests.chaos.world import NOTE
from tests.domain.stories import (
    DATASET,
    INDEX_JOB,
    INGEST_JOB,
    JOB,
    PIN,
    PURGE_JOB,
    TOKENIZATION,
    TOKENIZE_JOB,
    downloading,
    indexing,
    queued,
    ready,
    tokenized,
)
from tests.workers.journeys import plant

STREAM = stream_of(DATASET)
CANCELLED = past.JobCancelRequested(job_id=JOB, kind="DOWNLOAD")
AGAIN = past.JobRetryRequested(job_id=JOB, kind="DOWNLOAD", attempt=2)
PURGED = [DatasetTrashed(), DatasetPurgeRequested(job_id=PURGE_JOB)]


def tell(adapters: Adapters, *events: past.Event, cause: str = "worker") -> int:
    """One command's events go on with the stream, and the dispatcher has reacted; the position of the first."""
    trace = Trace(str(uuid4()), "story", cause=cause)
    recorded = adapters.log.append(Append(STREAM, len(adapters.log.read(STREAM)), events, trace))
    move(adapters.pool, DISPATCHER, recorded[-1].position)
    return recorded[0].position


def told(mutation: str, place: int | None, target: str | None = DATASET, *, replayed: bool = False) -> Acknowledged:
    return Acknowledged(mutation, "key", place, (), replayed, target)


def verdict(adapters: Adapters, wanted: Wanted | None = None) -> Verdict:
    return Verdict(adapters, wanted or {})


def forgotten(adapters: Adapters, *acknowledged: Acknowledged) -> list[str]:
    return list(verdict(adapters).forgotten(acknowledged))


def test_a_command_that_is_not_in_the_log_was_forgotten(adapters):
    place = tell(adapters, *downloading(), cause="downloadDataset")
    assert forgotten(adapters, told("downloadDataset", place)) == []
    [found] = forgotten(adapters, told("downloadDataset", place + 1))
    assert "the log has nothing of it" in found


def test_what_was_refused_or_done_before_leaves_nothing(adapters):
    tell(adapters, *downloading(), cause="downloadDataset")
    refused, replayed = told("downloadDataset", None), told("downloadDataset", 99, replayed=True)
    assert forgotten(adapters, refused, replayed) == []


def test_a_cancel_is_missed_where_the_job_was_not_being_called_off(adapters):
    begun = tell(adapters, *downloading())
    cancel = told("cancelJob", begun, JOB)
    assert "and is not in the log" in forgotten(adapters, cancel)[0]
    later = tell(adapters, CANCELLED, cause="cancelJob")
    assert len(forgotten(adapters, cancel)) == 1, "what comes after the answer is another's"
    assert forgotten(adapters, replace(cancel, place=later)) == []
    assert len(forgotten(adapters, replace(cancel, place=later, target=INDEX_JOB))) == 1


def test_a_cancel_of_a_job_that_was_being_called_off_changed_nothing(adapters):
    tell(adapters, *downloading())
    tell(adapters, CANCELLED, cause="cancelJob")
    newest = tell(adapters, past.DownloadPinned(job_id=JOB, **PIN))
    assert forgotten(adapters, told("cancelJob", newest, JOB)) == []


def test_a_cancel_before_a_retry_is_none_of_what_was_begun_anew(adapters):
    tell(adapters, *downloading(), CANCELLED, past.JobCancelled(job_id=JOB, kind="DOWNLOAD"))
    assert len(forgotten(adapters, told("cancelJob", tell(adapters, AGAIN), JOB))) == 1


def test_a_deletion_is_missed_where_the_dataset_was_not_purged(adapters):
    tell(adapters, *indexing())
    delete = told("deleteDataset", adapters.log.newest())
    assert len(forgotten(adapters, delete)) == 1
    stopped = past.JobCancelRequested(job_id=INDEX_JOB, kind="INDEX")
    place = tell(adapters, stopped, *PURGED, cause="deleteDataset")
    assert len(forgotten(adapters, delete)) == 1, "what comes after the answer is another's"
    assert forgotten(adapters, replace(delete, place=place)) == [], "its answer names the first of its events"
    assert len(forgotten(adapters, replace(delete, place=place, target=JOB))) == 1


def lost(adapters: Adapters, *acknowledged: Acknowledged) -> list[str]:
    return list(verdict(adapters).lost(acknowledged))


def test_an_effect_is_lost_to_who_asked_where_nobody_was_told_of_it_or_two_were(adapters):
    first = tell(adapters, *downloading(), cause="downloadDataset")
    one = told("downloadDataset", first)
    assert lost(adapters, one) == []
    assert "acknowledged 2 times" in lost(adapters, one, one)[0]
    tell(adapters, AGAIN, cause="retryJob")
    assert "acknowledged 0 times" in lost(adapters, one, told("retryJob", None))[0]


def test_a_command_that_only_its_replay_told_of_is_not_lost(adapters):
    place = tell(adapters, *downloading(), cause="downloadDataset")
    assert lost(adapters, told("downloadDataset", place, replayed=True)) == []


def test_a_fact_is_told_once_in_each_attempt(adapters):
    tell(adapters, *downloading())
    tell(adapters, past.JobStarted(job_id=JOB, kind="DOWNLOAD", attempt=2))
    assert list(verdict(adapters).doubled()) == []
    tell(adapters, past.JobStarted(job_id=JOB, kind="DOWNLOAD", attempt=2))
    assert "twice in the log" in next(verdict(adapters).doubled())


def test_an_open_job_without_a_piece_is_stuck(adapters):
    tell(adapters, *downloading())
    assert list(verdict(adapters).stuck({JOB})) == []
    assert "nobody goes on with it" in next(verdict(adapters).stuck({TOKENIZE_JOB}))


def test_a_job_that_is_over_is_not_stuck(adapters):
    tell(adapters, *ready())
    assert list(verdict(adapters).stuck(set())) == []


def test_what_a_purge_found_still_to_do_has_ended_with_it(adapters):
    removal = purge_job_id(TOKENIZATION)
    more = {"tokenizer": "file:bpe", "jobs": (TOKENIZE_JOB,), "tokenizations_left": 0}
    dropped = TokenizationDeleted(tokenization_id=TOKENIZATION, job_id=removal, **more)
    tell(adapters, *tokenized(), dropped, *PURGED)
    assert [found.split()[3] for found in verdict(adapters).stuck({PURGE_JOB})] == [removal]
    assert len(list(verdict(adapters).unended())) == 2
    purged = DatasetPurged(job_id=PURGE_JOB, bytes_freed=1)
    tell(adapters, TokenizationPurged(tokenization_id=TOKENIZATION, job_id=removal, bytes_freed=0), purged)
    assert list(verdict(adapters).stuck(set())) == list(verdict(adapters).unended()) == []


def test_a_job_that_the_purge_of_its_dataset_left_behind_is_stuck(adapters):
    tell(adapters, *indexing(), *PURGED, DatasetPurged(job_id=PURGE_JOB, bytes_freed=1))
    assert [found.split()[3] for found in verdict(adapters).stuck(set())] == [INDEX_JOB]
    assert len(list(verdict(adapters).unended())) == 1


def failed(code: str) -> past.JobFailed:
    return past.JobFailed(job_id=JOB, kind="DOWNLOAD", code=code, message="It was so.", retryable=True)


def test_a_job_that_goes_on_or_failed_is_not_ended(adapters):
    tell(adapters, *ready())
    assert list(verdict(adapters).unended()) == []
    tell(adapters, *indexing()[len(ready()) :])
    assert "is RUNNING" in next(verdict(adapters).unended())


@pytest.mark.parametrize(("code", "count"), [("HUB_UNAVAILABLE", 1), ("INTERNAL", 2)])
def test_a_failure_that_nobody_gave_a_reason_for_is_told_beside_the_job(adapters, code, count):
    tell(adapters, *downloading(), failed(code))
    assert len(list(verdict(adapters).unended())) == count


def publish(adapters: Adapters, content: str = "rows") -> Wanted:
    """The data of a READY dataset, as the log has it, and what it must come to."""
    folder = f"datasets/{DATASET}/data-{INGEST_JOB}-1"
    plant(adapters.storage / folder / "train/data.arrow", content)
    done = replace(ready()[-1], folder=folder, size_bytes=len(content))
    tell(adapters, *ready()[:-1], done)
    return {("acme/english", None): digests(adapters.storage / folder)}


def test_an_output_is_compared_byte_for_byte_once(adapters):
    wanted = publish(adapters)
    known: dict[str, bool] = {}
    assert list(verdict(adapters, wanted).unequal(known)) == []
    assert list(known.values()) == [True]
    other = {key: {"train/data.arrow": "0" * 64} for key in wanted}
    assert list(verdict(adapters, other).unequal(known)) == []
    assert "when nobody disturbs it" in next(verdict(adapters, other).unequal({}))


def both(adapters: Adapters) -> Sequence[list[str]]:
    judge = verdict(adapters)
    return list(judge.orphans()), list(judge.orphans_so_far())


def test_a_file_that_no_event_explains_is_an_orphan_and_one_that_is_gone_is_told(adapters):
    publish(adapters)
    assert both(adapters) == ([], [])
    planted = plant(adapters.storage / "datasets" / DATASET / "left-over")
    assert [len(found) for found in both(adapters)] == [1, 1]
    assert both(adapters)[1][0].startswith("ORPHAN")
    planted.unlink()
    next(adapters.storage.glob("datasets/*/data-*/train/data.arrow")).unlink()
    assert [found[0].partition(" ")[0] for found in both(adapters)] == ["ALTERED", "ALTERED"]


def test_what_came_just_now_is_an_orphan_only_once_all_is_over(adapters):
    publish(adapters)
    (adapters.storage / "datasets" / DATASET / "just-now").write_text("being written")
    assert [len(found) for found in both(adapters)] == [1, 0]


def test_a_table_that_is_not_what_the_log_makes_of_it_differs(adapters):
    tell(adapters, *queued(allow_duplicate=True))
    assert list(verdict(adapters).views()) == []
    with adapters.pool.connection() as connection:
        connection.execute("UPDATE datasets SET name = 'another'")
    assert "a view differs from a replay" in next(verdict(adapters).views())


def test_a_subscriber_hears_of_all_that_it_comes_past_once_and_in_order(adapters):
    tell(adapters, *downloading())
    tell(adapters, AGAIN)
    places = [recorded.position for recorded in verdict(adapters).log]
    assert list(verdict(adapters).heard(places)) == list(verdict(adapters).heard_so_far(places)) == []
    assert list(verdict(adapters).heard_so_far(places[:-1])) == []
    for seen in ([places[0], *places[2:]], [places[0], *places[:-1]], places[::-1], [*places, places[-1] + 1]):
        assert "a subscriber has heard" in next(verdict(adapters).heard_so_far(seen))
        assert "a subscriber missed" in next(verdict(adapters).heard(seen))
    assert "a subscriber missed" in next(verdict(adapters).heard(places[:-1]))


def finish(adapters: Adapters, actor: str, file: str | None, *, is_held: bool = True) -> list[str]:
    """What is said of a piece of this actor that is finished with such a file, `{}` in its name for the fence."""
    with adapters.pool.connection() as connection:
        connection.execute(NOTE)
    adapters.pieces.add(JOB, DATASET, actor, NewPiece("00001", WORK))
    lease = adapters.pieces.take(JOB, "00001", "somebody")
    assert lease
    if is_held:
        assert adapters.pieces.commit(lease, {"file": file and file.format(lease.fence)})
    else:
        adapters.pieces.let_go(lease)
        with adapters.pool.connection() as connection:
            connection.execute("UPDATE pieces SET done_at = now(), outcome = '{}'")
    return list(verdict(adapters).zombies())


ACTORS = ("download_dataset", "ingest_dataset", "index_dataset", "tokenize_dataset", "export_tokenization")


@pytest.mark.parametrize("actor", ACTORS)
def test_a_piece_that_is_finished_with_the_file_of_another_fence_is_a_zombie_s(adapters, actor):
    [found] = finish(adapters, actor, "00001.99.arrow")
    assert f"of {actor} was finished under fence" in found


@pytest.mark.parametrize("file", ["00001.{}.arrow", None])
def test_a_piece_that_is_finished_by_its_holder_is_none(adapters, file):
    assert finish(adapters, "ingest_dataset", file) == []


def test_a_piece_that_nobody_holds_is_finished_by_nobody(adapters):
    [found] = finish(adapters, "purge_dataset", None, is_held=False)
    assert "while nobody held it" in found


def test_a_piece_that_is_finished_drives_its_job_no_more(adapters):
    adapters.pieces.add(JOB, DATASET, "download_dataset", NewPiece("00001", WORK))
    with adapters.pool.connection() as connection:
        assert connection.execute(DRIVEN).fetchall() == [(JOB,)]
    finish(adapters, "download_dataset", None)
    with adapters.pool.connection() as connection:
        assert connection.execute(DRIVEN).fetchall() == []
