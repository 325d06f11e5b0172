"""The newest events in memory: what is asked of them is what a naive list gives."""

import json
import tracemalloc
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.ring import Ring, Wanted
from domain.events import JobCancelled, JobStarted
from domain.log import Recorded
from domain.stored_events import from_data

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def recorded(position, stream, starts):
    event = JobStarted(job_id="j", kind="INGEST", attempt=1) if starts else JobCancelled(job_id="j", kind="INGEST")
    return Recorded(position, stream, 1, event, NOW, {})


@st.composite
def logs(draw):
    """Events whose positions have gaps, as those of a real log."""
    steps = draw(st.lists(st.tuples(st.integers(1, 3), st.sampled_from("abc"), st.booleans()), max_size=60))
    position, found = 10, []
    for step, stream, starts in steps:
        position += step
        found.append(recorded(position, stream, starts))
    return found


WANTED = [Wanted(), Wanted("a"), Wanted(types=frozenset({"JobStarted"})), Wanted("b", frozenset({"JobCancelled"}))]


@given(logs(), st.sampled_from(WANTED), st.integers(10, 130), st.integers(1, 70), st.integers(1, 5))
def test_what_is_behind_a_position_is_what_a_list_gives(log, wanted, position, limit, step):
    held = Ring(10)
    for start in range(0, len(log), step):
        held.add(log[start : start + step])
    batch = held.after(position, limit, wanted)
    right = [one for one in log if one.position > position and wanted.stream in (None, one.stream) and wanted.has(one)]
    assert batch.events == right[:limit]
    assert batch.cursor >= position
    assert not [one for one in right[limit:] if one.position <= batch.cursor], "the cursor passed over one"
    assert batch.caught_up or len(batch.events) == limit


@given(logs(), st.integers(1, 20))
def test_a_ring_forgets_the_oldest_and_knows_it(log, capacity):
    held = Ring(10, capacity, slack=3)
    for one in log:
        held.add([one])
    kept = [one for one in log if one.position > held.floor]
    assert len(kept) >= min(len(log), capacity)
    assert len(kept) <= capacity + 3
    assert held.after(held.floor, 100, Wanted()).events == kept
    for stream in "abc":
        mine = [one for one in kept if one.stream == stream]
        assert held.after(held.floor, 100, Wanted(stream)).events == mine


def telling(position, bins):
    """An event with figures, as the database gives it: none shares anything with another."""
    histogram = [{"from": 1_000 * n, "to": 1_000 * n + 999, "count": 300 + position + n} for n in range(bins)]
    data = {
        "tokenization_id": "t",
        "job_id": "j",
        "folder": "f",
        "size_bytes": 1,
        "statistics": {"histogram": histogram},
    }
    metadata = json.loads(json.dumps({"command_id": f"{position:036}", "correlation_id": f"{position:036}"}))
    event = from_data("TokenizationCompleted", json.loads(json.dumps(data)))
    return Recorded(position, f"dataset-{position:036}", 1, event, datetime.fromtimestamp(position, UTC), metadata)


@pytest.mark.parametrize("bins", [0, 20, 200])
def test_a_ring_takes_no_more_memory_however_much_its_events_say(bins):
    most = 1_000_000
    tracemalloc.start()
    try:
        held = Ring(0, capacity=1_000_000, slack=1, most_bytes=most)
        for position in range(1, 2_000 if bins < 200 else 200):
            held.add([telling(position, bins)])
        taken, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most * 0.6 < taken < most * 1.4
    kept = held.after(held.floor, 10_000, Wanted()).events
    assert [one.position for one in kept] == list(range(held.floor + 1, held.newest + 1))


def test_an_event_that_says_more_than_a_ring_holds_is_in_the_database_alone():
    held = Ring(0, most_bytes=1_000)
    held.add([telling(1, 200)])
    assert held.floor == held.newest == 1
    held = Ring(0, most_bytes=3_000)
    held.add([telling(1, 200), telling(2, 0)])
    assert [one.position for one in held.after(held.floor, 10, Wanted()).events] == [2]
