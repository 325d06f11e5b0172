"""Many commands as one, over a log in memory."""

import pytest

from domain import commands as ask
from domain.errors import Conflict, ErrorCode, Refused
from domain.handle import TRIES, handle
from domain.handle_many import handle_many, plan_many
from domain.log import Append, Idempotency, Trace
from domain.trash_commands import DeleteDataset
from tests.domain.memory_log import MemoryLog
from tests.domain.stories import ready, tokenizing, trashed

TRACE = Trace("command", "story")
KEY = Idempotency("k", "deleteDatasets", "digest", {})


def key_of(number):
    return f"00000000-0000-4000-8000-{number:012}"


def delete(number, **given):
    return DeleteDataset(dataset_id=key_of(number), **given)


def log_of(*histories):
    """Datasets 0, 1, ... with these histories."""
    log = MemoryLog()
    for number, history in enumerate(histories):
        log.append(Append(f"dataset-{key_of(number)}", 0, history, TRACE))
    return log


def tell(planned):
    return {"changed": " ".join(map(str, planned.changes)), "refused": " ".join(map(str, planned.refused))}


class BusyLog(MemoryLog):
    """Another writer is faster a number of times."""

    faster = 0

    def append_all(self, changes):
        if self.faster:
            self.faster -= 1
            raise Conflict(changes[0].stream)
        return super().append_all(changes)


def test_those_that_are_refused_stay_and_all_others_go_with_one_trace():
    log = log_of(ready(), tokenizing(), trashed(), ready())
    before = log.newest()
    handled = handle_many(log, [delete(number) for number in range(5)], TRACE, tell)
    assert handled.objects == {"changed": "0 3", "refused": "1 4"}
    assert handled.position == before + 1
    assert [recorded.stream[-1] for recorded in handled.events] == ["0", "3"]
    assert {recorded.metadata["command_id"] for recorded in handled.events} == {"command"}


def test_a_plan_tells_the_same_and_writes_nothing():
    log = log_of(ready(), tokenizing())
    before = log.newest()
    planned = plan_many(log, [delete(0, purge=True), delete(1), delete(2)], TRACE)
    assert [len(change.events) for change in planned.changes.values()] == [2]
    assert {number: refused.code for number, refused in planned.refused.items()} == {
        1: ErrorCode.IN_USE,
        2: ErrorCode.NOT_FOUND,
    }
    assert log.newest() == before


def test_nothing_to_do_has_no_position_and_is_not_remembered():
    log = log_of(trashed())
    handled = handle_many(log, [delete(0)], TRACE, tell, KEY)
    assert (handled.position, handled.events, handled.replayed) == (0, (), False)
    assert log.remembered("k") is None


def test_under_a_key_it_is_done_once_and_told_again():
    log = log_of(ready(), tokenizing())
    commands = [delete(0), delete(1)]
    first = handle_many(log, commands, TRACE, tell, KEY)
    newest = log.newest()
    again = handle_many(log, commands, TRACE, tell, KEY)
    assert (again.objects, again.position, again.replayed) == (first.objects, first.position, True)
    assert log.newest() == newest
    with pytest.raises(Refused) as refusal:
        handle_many(log, commands, TRACE, tell, Idempotency("k", "deleteDatasets", "other", {}))
    assert refusal.value.code == ErrorCode.IDEMPOTENCY_KEY_REUSED


def test_of_two_at_once_the_second_that_finds_nothing_left_tells_of_the_first():
    log = log_of(ready())

    def first_is_faster(planned):
        if log.remembered("k") is None:
            handle_many(log, [delete(0)], TRACE, lambda _planned: {"by": "the first"}, KEY)
        return tell(planned)

    told = handle_many(log, [], TRACE, first_is_faster, KEY)
    assert (told.replayed, told.objects) == (True, {"by": "the first"})


def test_a_conflict_is_retried_three_times_and_decided_anew():
    log = BusyLog()
    handle(log, ask.UploadDataset(dataset_id=key_of(0), job_id=key_of(9), **SENT), TRACE)
    handle(log, ask.CancelJob(dataset_id=key_of(0), job_id=key_of(9)), TRACE)
    handle(log, ask.ConfirmCancel(dataset_id=key_of(0), job_id=key_of(9)), TRACE)
    log.faster = TRIES - 1
    assert handle_many(log, [delete(0)], TRACE, tell).events
    log.faster = TRIES
    with pytest.raises(Conflict):
        handle_many(log, [delete(0, purge=True)], TRACE, tell)


def test_what_has_changed_since_it_was_chosen_stays_as_it_is_unless_nothing_is_left_to_do():
    log = log_of(ready(), ready(), trashed())
    versions = [len(log.read(f"dataset-{key_of(number)}")) for number in range(3)]
    chosen_at = [versions[0], versions[1] - 1, versions[2] - 1]
    planned = plan_many(log, [delete(number) for number in range(3)], TRACE, chosen_at)
    assert list(planned.changes) == [0]
    assert {number: (refused.code, refused.details) for number, refused in planned.refused.items()} == {
        1: (ErrorCode.VERSION_CONFLICT, {"currentVersion": versions[1]})
    }


SENT = {"folder": "f", "path": "p", "file_name": "p", "format": "csv", "size_bytes": 1, "sha256": "a" * 64}
