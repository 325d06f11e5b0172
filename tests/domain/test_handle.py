"""The command loop, over a log in memory."""

import pytest

from domain import commands as ask
from domain.errors import ClaimTaken, Conflict, ErrorCode, Refused
from domain.events import JobStarted
from domain.handle import TRIES, handle
from domain.log import Append, Idempotency, Trace
from tests.domain.memory_log import MemoryLog
from tests.domain.stories import DATASET, JOB

TRACE = Trace("command", "story")
DOWNLOAD = ask.DownloadDataset(dataset_id=DATASET, job_id=JOB, repository="acme/english")
START = ask.StartJob(dataset_id=DATASET, job_id=JOB)
STARTED = JobStarted(job_id=JOB, kind="DOWNLOAD", attempt=1)


class BusyLog(MemoryLog):
    """Another writer is faster a number of times."""

    def __init__(self, faster: int) -> None:
        super().__init__()
        self.faster = faster

    def append(self, change):
        if self.faster:
            self.faster -= 1
            raise Conflict(change.stream)
        return super().append(change)


def test_a_command_appends_its_events_with_their_trace():
    log = MemoryLog()
    handled = handle(log, DOWNLOAD, TRACE)
    assert handled.position == 1
    assert log.events[0].metadata == {"command_id": "command", "correlation_id": "story", "subject": "acme/english"}


def test_a_conflict_is_retried_three_times():
    log = BusyLog(faster=TRIES - 1)
    assert handle(log, DOWNLOAD, TRACE).events
    with pytest.raises(Conflict):
        handle(BusyLog(faster=TRIES), DOWNLOAD, TRACE)


def test_a_version_that_the_client_did_not_expect_is_refused_without_a_retry():
    log = MemoryLog()
    handle(log, DOWNLOAD, TRACE)
    with pytest.raises(Refused) as refusal:
        handle(log, START, TRACE, expected_version=7)
    assert refusal.value.code == ErrorCode.VERSION_CONFLICT
    assert refusal.value.details == {"currentVersion": 1}


def test_what_happened_before_appends_nothing():
    log = MemoryLog()
    handle(log, DOWNLOAD, TRACE)
    handle(log, START, TRACE)
    assert handle(log, START, TRACE).events == ()
    assert log.newest() == 2


def test_a_claim_that_another_stream_holds_is_told_with_its_holder():
    log = MemoryLog()
    handle(log, DOWNLOAD, TRACE)
    other = ask.DownloadDataset(dataset_id="other", job_id="other job", repository="acme/english")
    with pytest.raises(ClaimTaken) as taken:
        handle(log, other, TRACE)
    assert taken.value.holder == f"dataset-{DATASET}"


def test_the_same_key_has_one_effect_and_the_first_objects():
    log = MemoryLog()
    key = Idempotency("k", "downloadDataset", "digest", {"dataset": DATASET})
    first = handle(log, DOWNLOAD, TRACE, idempotency=key)
    again = ask.DownloadDataset(dataset_id="other", job_id="other job", repository="acme/english")
    second = handle(log, again, TRACE, idempotency=Idempotency("k", "downloadDataset", "digest", {"dataset": "other"}))
    assert (second.replayed, second.objects, second.position) == (True, {"dataset": DATASET}, first.position)
    assert log.newest() == 1


def test_the_same_key_for_something_else_is_refused():
    log = MemoryLog()
    handle(log, DOWNLOAD, TRACE, idempotency=Idempotency("k", "downloadDataset", "digest", {}))
    with pytest.raises(Refused) as refusal:
        handle(log, START, TRACE, idempotency=Idempotency("k", "downloadDataset", "other", {}))
    assert refusal.value.code == ErrorCode.IDEMPOTENCY_KEY_REUSED


class LateLog(MemoryLog):
    """Whoever looks for a key comes just before another has used it."""

    def __init__(self) -> None:
        super().__init__()
        self.looks = 0

    def remembered(self, key):
        self.looks += 1
        return None if self.looks == 1 else super().remembered(key)


def test_of_two_at_once_with_a_key_the_second_is_a_replay_though_nothing_is_left_to_do():
    log = LateLog()
    handle(log, DOWNLOAD, TRACE)
    key = Idempotency("key", "startJob", "digest", {"job": JOB})
    first = log.append(Append(f"dataset-{DATASET}", 1, [STARTED], TRACE, idempotency=key))
    second = handle(log, START, TRACE, idempotency=key)
    assert (second.events, second.replayed) == ((), True)
    assert (second.position, second.objects) == (first[0].position, {"job": JOB})
