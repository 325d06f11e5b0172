"""A list of datasets that is watched: what it is, then every change of it, also over breaks."""

import random
import time

import pytest

from api.ids import global_id
from tests.api.client import until
from tests.api.stories import begin, write_progress
from tests.api.watched_lists import WATCH, WatchedList, listed, whole
from tests.api.writers import writers


@pytest.fixture
def watch(api):
    return lambda **given: api.subscribe(WATCH, **given)


def id_of(story):
    return global_id("Dataset", story.id)


def told(change):
    return change["kind"], [(row["id"], row["version"]) for row in change["datasets"]], change["removedIds"]


def test_an_empty_list_is_told_to_be_whole_at_once(api, watch):
    with watch() as changes:
        end = changes.next()
        assert told(end) == ("SNAPSHOT_END", [], [])
        assert end["position"] == api.ask("{ position }")


def test_the_list_comes_in_parts_of_a_hundred_and_then_its_end(api, watch, adapters):
    for _ in range(205):
        begin(adapters)
    with watch() as changes:
        seen = changes.until(lambda seen: seen and seen[-1]["kind"] != "SNAPSHOT")
    assert [(change["kind"], len(change["datasets"])) for change in seen] == [
        *[("SNAPSHOT", 100)] * 2,
        *(("SNAPSHOT", 5), ("SNAPSHOT_END", 0)),
    ]
    assert [change["position"] for change in seen] == [None] * 3 + [api.ask("{ position }")]
    assert len({row["id"] for change in seen for row in change["datasets"]}) == 205


def test_new_ones_and_changes_are_upserted_each_once(watch, adapters):
    story = begin(adapters)
    with watch() as changes:
        assert whole(changes).states() == {id_of(story): (1, "QUEUED")}
        story.starts()
        assert told(changes.next()) == ("UPSERTED", [(id_of(story), 2)], [])
        other = begin(adapters)
        change = changes.next()
        assert told(change) == ("UPSERTED", [(id_of(other), 1)], [])
        assert change["position"].endswith(":3")
        assert changes.is_silent_for(1.5)


def test_what_leaves_the_filter_is_removed_and_what_never_belonged_is_not_told(api, watch, adapters):
    story, other = begin(adapters, tags=["mine"]), begin(adapters)
    wanted = {"status": ["QUEUED"], "tags": ["mine"], "source": "HUB"}
    with watch(filter=wanted) as changes:
        assert list(whole(changes).rows) == [id_of(story)]
        other.starts()
        begin(adapters)
        story.starts()
        change = changes.next()
        assert told(change) == ("REMOVED", [], [id_of(story)])
        story.is_pinned()
        new = begin(adapters, tags=["mine"])
        last = changes.next()
        assert told(last) == ("UPSERTED", [(id_of(new), 1)], [])
        assert last["position"] == api.ask("{ position }")


def test_who_comes_back_goes_on_from_there(watch, adapters):
    story, gone = begin(adapters).starts(), begin(adapters)
    with watch(filter={"status": ["QUEUED", "DOWNLOADING"]}) as changes:
        position = whole(changes).position
    story.is_pinned()
    gone.is_ready()
    new = begin(adapters)
    with watch(filter={"status": ["QUEUED", "DOWNLOADING"]}, after=position) as changes:
        seen = [changes.next() for _ in range(3)]
    assert [told(change) for change in seen] == [
        ("UPSERTED", [(id_of(story), 3), (id_of(gone), 4)], []),
        ("REMOVED", [], [id_of(gone)]),
        ("UPSERTED", [(id_of(new), 1)], []),
    ]
    with watch(filter={"status": ["QUEUED", "DOWNLOADING"]}, after=seen[0]["position"]) as changes:
        assert [changes.next() for _ in range(2)] == seen[1:], "from any position the rest comes, and only that"
    with watch(filter={"status": ["QUEUED", "DOWNLOADING"]}, after=seen[-1]["position"]) as changes:
        assert changes.is_silent_for(1)


def test_a_process_that_comes_up_later_goes_on_too(serve, adapters):
    story = begin(adapters)
    with serve() as served, served.client.subscribe(WATCH, filter={"status": ["QUEUED"]}) as changes:
        position = whole(changes).position
    story.starts()
    with serve() as served, served.client.subscribe(WATCH, filter={"status": ["QUEUED"]}, after=position) as changes:
        assert told(changes.next()) == ("REMOVED", [], [id_of(story)])


def test_who_was_away_for_too_long_is_told_the_list_anew(watch, adapters):
    story = begin(adapters)
    with watch() as changes:
        position = whole(changes).position
    with adapters.pool.connection() as connection:  # as if much had happened
        connection.execute("SELECT setval(pg_get_serial_sequence('events', 'position'), 20000)")
    story.starts()
    with watch(after=position) as changes:
        assert told(changes.next()) == ("SNAPSHOT", [(id_of(story), 2)], [])
        assert changes.next()["kind"] == "SNAPSHOT_END"


@pytest.mark.parametrize(
    ("after", "code"), [("x", "BAD_USER_INPUT"), ("other:0", "CURSOR_EXPIRED"), ("{log}:999", "CURSOR_EXPIRED")]
)
def test_a_position_from_which_nothing_can_go_on_is_told(api, after, code):
    after = after.replace("{log}", api.ask("{ position }").partition(":")[0])
    with api.socket() as socket:
        socket.send(id="1", type="subscribe", payload={"query": WATCH, "variables": {"after": after}})
        message = socket.receive()
        assert (message["type"], message["payload"][0]["extensions"]["code"]) == ("error", code)


def test_progress_is_a_change_of_the_datasets_that_show_it(watch, adapters):
    story, other = begin(adapters).starts(), begin(adapters).starts()
    write_progress(adapters, story, done=1)
    with watch(filter={"status": ["DOWNLOADING"]}) as changes:
        rows = whole(changes).rows
        assert rows[id_of(story)]["progress"] == {"done": 1}
        assert rows[id_of(other)]["progress"] is None
        write_progress(adapters, story, done=2)
        change = changes.next()
        assert told(change) == ("UPSERTED", [(id_of(story), 2)], [])
        assert change["datasets"][0]["progress"] == {"done": 2}
        write_progress(adapters, story, done=2)  # no news
        other.is_pinned().is_downloaded().starts()
        changes.until(lambda seen: seen and seen[-1]["removedIds"] == [id_of(other)])
        write_progress(adapters, other, done=9)  # of one that is not wanted
        assert changes.is_silent_for(1.5)
    with watch(filter={"status": ["DOWNLOADING"]}, after=change["position"]) as changes:
        seen = changes.until(lambda seen: seen and seen[-1]["datasets"] and seen[-1]["datasets"][0]["progress"])
        assert told(seen[-1]) == ("UPSERTED", [(id_of(story), 2)], []), "who comes back is told how far it is"
        assert seen[-1]["datasets"][0]["progress"] == {"done": 2}


def test_a_slow_client_is_told_the_newest_of_each(watch, adapters):
    stories = [begin(adapters) for _ in range(3)]
    with watch() as changes:
        position = whole(changes).position
    for story in stories:
        story.is_ready()
    with watch(after=position) as changes:
        assert told(changes.next()) == ("UPSERTED", [(id_of(story), 6) for story in stories], [])
        assert changes.is_silent_for(1)


def live(adapters):
    """A dataset that comes, goes through its life and leaves filters."""
    story = begin(adapters).starts().is_pinned()
    if random.random() < 0.5:
        story.fails()
    time.sleep(0.01)


@pytest.mark.parametrize("wanted", [None, {"status": ["QUEUED", "DOWNLOADING"]}])
def test_a_list_that_is_cut_at_random_stays_what_the_query_gives_while_writers_run(api, adapters, wanted):
    for _ in range(250):
        begin(adapters)
    chance, seen = random.Random(1), WatchedList()
    with writers(lambda: live(adapters), threads=3):
        for _ in range(30):
            with api.subscribe(WATCH, filter=wanted, after=seen.position) as changes:
                for _ in range(chance.randrange(1, 8)):
                    seen.take(changes.next())
                changes.pull_the_plug()
            seen.lose()
            assert len(seen.told) == len(set(seen.told)), "one change was told twice"
    expected = listed(api, wanted)
    with api.subscribe(WATCH, filter=wanted, after=seen.position) as changes:
        if seen.states() != expected:
            seen.take_until(changes, lambda: seen.states() == expected)
    assert len(seen.told) == len(set(seen.told))


def test_lists_that_are_told_while_writers_run_are_whole(api, adapters):
    for _ in range(450):
        begin(adapters)
    with writers(lambda: live(adapters), threads=3):
        for _ in range(5):
            with api.subscribe(WATCH, filter={"status": ["QUEUED"]}) as changes:
                seen = whole(changes)
                held = seen.states()
                assert len(held) >= 450
                assert {status for _, status in held.values()} == {"QUEUED"}


def test_clients_of_lists_that_vanish_leave_nothing_behind(serve, adapters):
    begin(adapters)
    with serve() as served:
        served.client.ask("{ position }")
        before = served.tasks()
        for _ in range(30):
            with served.client.subscribe(WATCH) as changes:
                changes.next()
                changes.pull_the_plug()
        until(lambda: served.tasks() <= before)
