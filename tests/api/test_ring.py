"""The newest events in memory: what is asked of them is what a naive list gives."""

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from api.ring import Ring, Wanted
from domain.events import JobCancelled, JobStarted
from domain.log import Recorded

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
