"""Room is promised once, and what is written of it is not counted twice."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest

from domain.adapters import Adapters, locks
from domain.adapters.away import DATABASE_AWAY
from domain.adapters.reservations import Holder, Need, job_holder, upload_holder
from domain.adapters.storage import Room, TooLittleRoom
from domain.commands import DownloadDataset
from domain.dataset import stream_of
from domain.handle import handle
from domain.log import Append, Trace
from tests.api.client import until
from tests.domain.stories import DATASET, INGESTED, JOB, indexed

ONE, OTHER = job_holder(DATASET, JOB), job_holder(DATASET, "00000000-0000-4000-8000-00000000000b")
MORE = "ask for less"
HELD = (
    "SELECT 1 FROM pg_locks l JOIN pg_database d ON d.oid = l.database"
    " WHERE l.locktype = 'advisory' AND l.objid = %s AND l.granted AND d.datname = current_database()"
)


def need(bytes_: int) -> Need:
    return Need(bytes_, "This job", MORE)


@pytest.fixture
def room(adapters: Adapters) -> Room:
    return Room(str(adapters.storage), 0, 10_000)


def promised(adapters: Adapters, room: Room) -> int:
    return adapters.reservations.room(room).promised


def write(adapters: Adapters, holder: Holder, size: int) -> None:
    """A file that the holder has written so far."""
    folder = adapters.storage / holder.written_as.rpartition("/")[0]
    folder.mkdir(parents=True, exist_ok=True)
    (folder / holder.written_as.rpartition("/")[2].replace("*", "x")).write_bytes(bytes(size))


def test_two_are_not_promised_the_same(adapters: Adapters, room: Room) -> None:
    adapters.reservations.reserve(ONE, need(6000), room)
    with pytest.raises(TooLittleRoom) as told:
        adapters.reservations.reserve(OTHER, need(5000), room)
    assert (told.value.needed, told.value.free) == (5000, 4000)
    adapters.reservations.reserve(OTHER, need(4000), room)
    assert adapters.reservations.room(room).free() == 0


def test_under_a_quota_nobody_looks_into_what_events_name_unless_it_may_be_refused(
    adapters: Adapters, room: Room
) -> None:
    # given a folder with more in it than its event tells, which shows whether anybody looks; one that is named and not
    # there; and one that no event names
    adapters.log.append(Append(stream_of(DATASET), 0, indexed(), Trace("command", "story")))
    for name, size in (("data", 3000), ("other", 1000)):
        (adapters.storage / "datasets" / name / "train").mkdir(parents=True)
        (adapters.storage / "datasets" / name / "train" / "file").write_bytes(bytes(size))

    # then that which fits beside what is told fits, and before a refusal all is counted
    told = INGESTED["size_bytes"] + 1000
    assert adapters.reservations.free(room) == 10_000 - told
    adapters.reservations.reserve(ONE, need(8000), room)
    with pytest.raises(TooLittleRoom) as refused:
        adapters.reservations.reserve(ONE, need(10_000 - told + 1), room)
    assert refused.value.free == 6000
    adapters.reservations.require(need(2000 - told), room)
    with pytest.raises(TooLittleRoom):
        adapters.reservations.require(need(2001 - told), room)


def test_of_many_at_once_only_as_many_as_fit_are_promised_room(adapters: Adapters, room: Room) -> None:
    def ask(number: int) -> bool:
        try:
            adapters.reservations.reserve(Holder(str(number), f"none/{number}"), need(3000), room)
        except TooLittleRoom:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(ask, range(8))) == [False] * 5 + [True] * 3
    assert promised(adapters, room) == 9000


def test_who_comes_to_no_end_with_looking_at_the_disk_holds_up_nobody_for_ever(
    adapters: Adapters, room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    def is_held() -> bool:
        with adapters.reads.connection() as connection:
            return connection.execute(HELD, (locks.RESERVE,)).fetchone() is not None

    def look(_room: Room, _used: int | None = None) -> int:
        assert is_held()
        until(lambda: not is_held())
        return 10_000

    assert not is_held()
    with monkeypatch.context() as stuck:
        stuck.setattr("domain.adapters.reservations.LONGEST_WALK", "1500ms")
        stuck.setattr(Room, "free", look)
        with pytest.raises(DATABASE_AWAY):
            adapters.reservations.reserve(ONE, need(1000), room)
    adapters.reservations.reserve(OTHER, need(2000), room)
    assert promised(adapters, room) == 2000


def test_what_is_written_of_a_promise_is_not_counted_twice(adapters: Adapters, room: Room) -> None:
    adapters.reservations.reserve(ONE, need(6000), room)
    write(adapters, ONE, 2500)
    assert promised(adapters, room) == 3500
    assert adapters.reservations.room(room).free() == 4000


def test_who_writes_more_than_was_promised_takes_nothing_of_the_others_promise(adapters: Adapters, room: Room) -> None:
    adapters.reservations.reserve(ONE, need(1000), room)
    adapters.reservations.reserve(OTHER, need(1000), room)
    write(adapters, ONE, 3000)
    assert promised(adapters, room) == 1000


def test_another_promise_takes_the_place_of_the_first_and_counts_what_is_there(adapters: Adapters, room: Room) -> None:
    adapters.reservations.reserve(ONE, need(9000), room)
    write(adapters, ONE, 4000)
    adapters.reservations.reserve(ONE, need(10_000), room)
    assert promised(adapters, room) == 6000
    with pytest.raises(TooLittleRoom) as told:
        adapters.reservations.reserve(ONE, need(10_001), room)
    assert (told.value.needed, told.value.free) == (6001, 6000)
    assert promised(adapters, room) == 6000


def test_a_promise_that_is_held_stays_as_it_is(adapters: Adapters, room: Room) -> None:
    adapters.reservations.hold(ONE, need(3000), room)
    adapters.reservations.hold(ONE, need(9_000_000), room)
    assert promised(adapters, room) == 3000


def test_what_is_released_is_free_and_may_be_released_again(adapters: Adapters, room: Room) -> None:
    adapters.reservations.reserve(ONE, need(6000), room)
    adapters.reservations.release(ONE.id)
    adapters.reservations.release(ONE.id)
    assert promised(adapters, room) == 0


def test_the_rest_of_a_promise_is_handed_over_once(adapters: Adapters, room: Room) -> None:
    adapters.reservations.reserve(ONE, need(6000), room)
    adapters.reservations.hand_over(ONE.id, OTHER, 2000)
    adapters.reservations.hand_over(ONE.id, OTHER, 2000)
    assert not adapters.reservations.has(ONE.id)
    assert promised(adapters, room) == 4000


def test_a_promise_of_which_nothing_is_left_is_not_handed_over(adapters: Adapters, room: Room) -> None:
    adapters.reservations.reserve(ONE, need(6000), room)
    adapters.reservations.hand_over(ONE.id, OTHER, 6000)
    assert promised(adapters, room) == 0
    assert not adapters.reservations.has(OTHER.id)


def test_an_upload_is_promised_what_has_yet_to_come(adapters: Adapters, room: Room) -> None:
    upload = upload_holder("abc")
    adapters.reservations.reserve(upload, need(5000), room, seconds=60)
    write(adapters, upload, 1000)
    assert promised(adapters, room) == 4000


def asked_for(adapters: Adapters) -> None:
    command = DownloadDataset(dataset_id=DATASET, job_id=JOB, repository="acme/english")
    handle(adapters.log, command, Trace("command", "story"))


def set_status(adapters: Adapters, status: str) -> None:
    with adapters.pool.connection() as connection:
        connection.execute("UPDATE jobs SET status = %s", (status,))


@pytest.mark.parametrize("status", ["QUEUED", "RUNNING", "CANCELLING"])
def test_a_job_that_is_not_over_keeps_its_promise(adapters: Adapters, room: Room, status: str) -> None:
    asked_for(adapters)
    set_status(adapters, status)
    adapters.reservations.reserve(ONE, need(6000), room)
    adapters.reservations.sweep()
    assert promised(adapters, room) == 6000


@pytest.mark.parametrize("status", ["SUCCEEDED", "FAILED", "CANCELLED"])
def test_the_promise_of_a_job_that_is_over_is_dropped(adapters: Adapters, room: Room, status: str) -> None:
    asked_for(adapters)
    set_status(adapters, status)
    adapters.reservations.reserve(ONE, need(6000), room, seconds=600)
    adapters.reservations.sweep()
    assert promised(adapters, room) == 0


@pytest.mark.parametrize(("seconds", "left"), [((None,), 0), ((600.0,), 6000), ((-1.0,), 0)])
def test_a_promise_without_a_job_is_kept_for_its_time(
    adapters: Adapters, room: Room, seconds: Sequence[float | None], left: int
) -> None:
    adapters.reservations.reserve(ONE, need(6000), room, *seconds)
    adapters.reservations.sweep()
    assert promised(adapters, room) == left
