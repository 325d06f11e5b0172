"""A dataset that is watched: its state at once, then every change of it once, and its progress."""

import threading

import pytest

from api.ids import global_id
from domain.commands import RetryJob
from tests.api.client import complaints, until
from tests.api.stories import begin, write_progress

WATCH = """
subscription ($id: ID!) {
  datasetChanged(id: $id) {
    version status progress { done unit } rowCount error { code }
    jobs(first: 1) { nodes { kind progress { done } } }
    tokenizations { nodes { status progress { done unit } } } samples { totalCount }
  }
}"""


@pytest.fixture
def watch(api):
    return lambda story: api.subscribe(WATCH, id=global_id("Dataset", story.id))


def states(seen):
    return [(one["version"], one["status"]) for one in seen]


def test_the_state_comes_at_once_and_then_every_change(watch, adapters):
    story = begin(adapters)
    with watch(story) as changes:
        assert states([changes.next()]) == [(1, "QUEUED")]
        story.starts()
        assert states([changes.next()]) == [(2, "DOWNLOADING")]
        story.is_pinned().is_downloaded().starts()
        assert states(changes.until(lambda seen: len(seen) == 3)) == [
            *((3, "DOWNLOADING"), (4, "DOWNLOADING"), (5, "INGESTING")),
        ]
        story.is_ingested()
        ready = changes.next()
        assert states([ready]) == [(6, "READY")]
        assert (ready["rowCount"], ready["samples"]["totalCount"]) == (12, 12)
        assert changes.is_silent_for(1.5)


def test_each_state_is_seen_once_though_all_happened_in_one_burst(watch, adapters):
    for _ in range(5):
        story = begin(adapters)
        with watch(story) as changes:
            changes.next()
            story.is_ready()
            seen = changes.until(lambda seen: seen and seen[-1]["version"] == 6)
            assert states(seen) == [
                *((2, "DOWNLOADING"), (3, "DOWNLOADING"), (4, "DOWNLOADING"), (5, "INGESTING"), (6, "READY")),
            ]


def test_who_comes_in_the_middle_goes_on_from_there(watch, adapters):
    for _ in range(10):
        story = begin(adapters)
        writer = threading.Thread(target=story.is_ready)
        writer.start()
        with watch(story) as changes:
            seen = changes.until(lambda seen: seen and seen[-1]["version"] == 6)
        writer.join()
        assert [one["version"] for one in seen] == list(range(seen[0]["version"], 7))


def test_progress_is_seen_between_the_changes_of_state(watch, adapters):
    story = begin(adapters).starts()
    with watch(story) as changes:
        assert changes.next()["progress"] is None
        write_progress(adapters, story, done=10)
        assert changes.next()["progress"] == {"done": 10, "unit": "BYTES"}
        write_progress(adapters, story, done=10)  # no news
        write_progress(adapters, story, done=20)
        seen = changes.next()
        assert (seen["version"], seen["progress"]["done"]) == (2, 20)
        assert seen["jobs"]["nodes"] == [{"kind": "DOWNLOAD", "progress": {"done": 20}}]
        story.is_pinned().is_downloaded()
        seen = changes.until(lambda seen: seen and seen[-1]["version"] == 4)
        story.starts()
        assert changes.next()["progress"] is None, "that of the download is over"
        write_progress(adapters, story, done=3, unit="ROWS")
        assert changes.next()["progress"] == {"done": 3, "unit": "ROWS"}
        story.is_ingested()
        assert (seen := changes.next())["status"] == "READY"
        assert seen["progress"] is None
        assert changes.is_silent_for(1.5)


def test_who_comes_while_work_runs_sees_its_progress_at_once(watch, adapters):
    story = begin(adapters).starts()
    write_progress(adapters, story, done=10)
    with watch(story) as first, watch(story) as second:
        assert first.next()["progress"]["done"] == second.next()["progress"]["done"] == 10
        assert first.is_silent_for(1.5)
        write_progress(adapters, story, done=20)
        assert first.next()["progress"]["done"] == second.next()["progress"]["done"] == 20


def test_the_progress_of_a_tokenization_is_seen_too(watch, adapters):
    story = begin(adapters).is_ready()
    with watch(story) as changes:
        assert changes.next()["tokenizations"]["nodes"] == []
        story.asks_for_tokens()
        assert changes.next()["tokenizations"]["nodes"] == [{"status": "QUEUED", "progress": None}]
        story.starts()
        assert changes.next()["tokenizations"]["nodes"] == [{"status": "RUNNING", "progress": None}]
        write_progress(adapters, story, done=5, unit="ROWS")
        seen = changes.next()
        assert seen["tokenizations"]["nodes"] == [{"status": "RUNNING", "progress": {"done": 5, "unit": "ROWS"}}]
        assert (seen["status"], seen["progress"]) == ("READY", None)


def test_progress_that_no_notify_told_of_is_found_by_looking(watch, adapters):
    story = begin(adapters).starts()
    with watch(story) as changes:
        changes.next()
        with adapters.pool.connection() as connection:
            connection.execute(
                "INSERT INTO progress (job_id, dataset_id, unit, finished, working, done, updated_at)"
                " VALUES (%s, %s, 'BYTES', 0, '{}', 7, now())",
                (story.job, story.id),
            )
        assert changes.next()["progress"]["done"] == 7


def test_a_failure_and_its_retry_are_seen(watch, adapters):
    story = begin(adapters).starts()
    with watch(story) as changes:
        changes.next()
        story.fails()
        assert changes.next()["error"] == {"code": "HUB_UNAVAILABLE"}
        story.does(RetryJob(dataset_id=story.id, job_id=story.job))
        seen = changes.next()
        assert (seen["status"], seen["error"]) == ("QUEUED", None)


def test_clients_that_vanish_leave_nothing_behind(serve, adapters, caplog):
    story = begin(adapters).starts()
    with serve() as served:
        served.client.ask("{ position }")
        before = served.tasks()
        for _ in range(50):
            with served.client.subscribe(WATCH, id=global_id("Dataset", story.id)) as changes:
                changes.next()
                changes.pull_the_plug()
        until(lambda: served.tasks() <= before)
    assert not complaints(caplog.records)
