"""What is in the trash is purged by itself once its days there are over, by the clock of the database."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from domain.adapters import Adapters
from domain.adapters.trash_views import expired_view
from domain.dataset import stream_of
from domain.evolve import fold
from domain.trash_events import DatasetPurged, DatasetPurgeRequested
from tests.api.stories import Story, begin
from tests.workers.bench import Bench
from workers.actors import Worker
from workers.child import Child
from workers.expiry import purge_expired
from workers.purge_run import PURGE


@pytest.fixture
def bench(adapters: Adapters, child: Child) -> Iterator[Bench]:
    made = Bench(adapters, child)
    made.worker = Worker(adapters, {"purge_dataset": PURGE}, "here")
    yield made
    made.close()


def with_days(adapters: Adapters, days: int) -> Adapters:
    return replace(adapters, settings=replace(adapters.settings, trash_days=days))


def was_trashed(story: Story, days: int) -> None:
    """The read model says so."""
    with story.adapters.pool.connection() as connection:
        query = "UPDATE datasets SET trashed_at = clock_timestamp() - make_interval(days => %s) WHERE id = %s"
        connection.execute(query, (days, story.id))


def status(story: Story) -> str:
    state = fold(story.id, (recorded.event for recorded in story.adapters.log.read(stream_of(story.id))))
    assert state is not None
    return state.status


def test_the_dispatcher_purges_what_was_in_the_trash_for_seven_days_and_nothing_else(bench, adapters):
    old, young, kept = (begin(adapters).is_ready() for _ in range(3))
    for story in (old, young):
        story.is_trashed()
    was_trashed(old, 7)
    was_trashed(young, 6)
    home = adapters.storage / "datasets" / old.id
    assert home.is_dir()
    bench.work()
    assert not home.exists()
    assert [status(story) for story in (young, kept)] == ["TRASHED", "READY"]
    requested, *_, purged = adapters.log.read(stream_of(old.id))[-3:]
    assert isinstance(requested.event, DatasetPurgeRequested)
    assert (requested.event.after_days, requested.metadata["cause"]) == (7, "expiry")
    assert isinstance(purged.event, DatasetPurged)
    assert (purged.event.bytes_freed > 0, purged.event.files_left) == (True, 0)


def test_zero_days_purge_nothing_by_itself(adapters):
    story = begin(adapters).is_ready().is_trashed()
    was_trashed(story, 40_000)
    purge_expired(with_days(adapters, 0))
    assert status(story) == "TRASHED"
    purge_expired(with_days(adapters, 36_500))
    assert status(story) == "PURGING"


def test_one_that_was_restored_meanwhile_and_deleted_again_has_its_days_anew(adapters):
    story = begin(adapters).is_ready().is_trashed()
    was_trashed(story, 8)
    story.is_restored()
    assert expired_view(adapters.engine, 7, 9) == []
    story.is_trashed()
    assert expired_view(adapters.engine, 7, 9) == []
    purge_expired(adapters)
    assert status(story) == "TRASHED"


def test_the_oldest_go_first_so_many_at_once(adapters):
    stories = [begin(adapters).is_ready().is_trashed() for _ in range(3)]
    for days, story in enumerate(stories, start=8):
        was_trashed(story, days)
    purge_expired(adapters, most=2)
    assert [status(story) for story in stories] == ["TRASHED", "PURGING", "PURGING"]
    purge_expired(adapters, most=2)
    assert status(stories[0]) == "PURGING"
