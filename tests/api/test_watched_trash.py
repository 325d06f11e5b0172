"""What those who watch are told of the end of a dataset: of one, and of lists."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from api.ids import global_id
from tests.api.stories import begin, write_progress
from tests.api.watched_lists import WATCH as WATCH_LIST
from tests.api.watched_lists import WatchedList, whole

UNKNOWN = "00000000-0000-4000-8000-000000000000"
WATCH = "subscription ($id: ID!) { datasetChanged(id: $id) { version status progress { done total unit } } }"


def id_of(story):
    return global_id("Dataset", story.id)


def states(seen):
    return [(one["version"], one["status"]) for one in seen]


def test_who_watches_sees_it_go_by_the_trash_and_then_the_end_of_the_stream(api, adapters):
    story = begin(adapters).is_ready()
    with api.subscribe(WATCH, id=id_of(story)) as changes:
        changes.next()
        story.is_trashed().is_restored()
        assert states([changes.next(), changes.next()]) == [(7, "TRASHED"), (8, "READY")]
        story.is_being_purged()
        assert states([changes.next() for _ in range(3)]) == [(9, "TRASHED"), (10, "PURGING"), (11, "PURGING")]
        write_progress(adapters, story, done=100, total=500)
        assert changes.next()["progress"] == {"done": 100, "total": 500, "unit": "BYTES"}
        story.is_purged()
        assert {seen["status"] for seen in changes} <= {"PURGING"}


def test_who_comes_while_it_is_being_purged_sees_that_and_the_end_and_who_comes_late_finds_nothing(api, adapters):
    story = begin(adapters).is_ready().is_being_purged()
    with api.subscribe(WATCH, id=id_of(story)) as changes:
        assert changes.next()["status"] == "PURGING"
        story.is_purged()
        with pytest.raises(StopIteration):
            changes.next()

    def refusal(id_):
        with api.socket() as opened:
            opened.send(id="1", type="subscribe", payload={"query": WATCH, "variables": {"id": id_}})
            return {**opened.receive()["payload"][0], "locations": None}

    assert refusal(id_of(story)) == refusal(global_id("Dataset", UNKNOWN))


def test_who_comes_in_the_middle_of_the_end_is_told_the_end(api, adapters):
    """Whatever came between the look at the dataset and the following of its events."""
    for _ in range(10):
        story = begin(adapters).is_ready().is_being_purged()
        with ThreadPoolExecutor(1) as pool:
            ending = pool.submit(story.is_purged)
            with api.socket() as opened:
                opened.send(id="1", type="subscribe", payload={"query": WATCH, "variables": {"id": id_of(story)}})
                kinds = [opened.receive()["type"]]
                while kinds[-1] == "next":
                    kinds.append(opened.receive()["type"])
            ending.result()
        assert kinds[-1] == ("complete" if len(kinds) > 1 else "error")


def told(change):
    return change["kind"], [(row["id"], row["status"]) for row in change["datasets"]], change["removedIds"]


def test_a_list_is_told_that_it_leaves_with_the_trash_and_comes_back_from_it(api, adapters):
    story, other = begin(adapters).is_ready(), begin(adapters)
    id_ = id_of(story)
    with api.subscribe(WATCH_LIST) as changes:
        whole(changes)
        story.is_trashed()
        assert told(changes.next()) == ("REMOVED", [], [id_])
        story.is_restored()
        assert told(changes.next()) == ("UPSERTED", [(id_, "READY")], [])
        story.is_purged()
        assert told(changes.next()) == ("REMOVED", [], [id_])
        other.starts()
        assert told(changes.next()) == ("UPSERTED", [(id_of(other), "DOWNLOADING")], []), "each once"


def test_a_list_of_the_trash_is_told_what_comes_and_what_is_purged(api, adapters):
    story, id_ = begin(adapters).is_ready(), None
    with api.subscribe(WATCH_LIST, filter={"status": ["TRASHED", "PURGING"]}) as changes:
        assert whole(changes).rows == {}
        id_ = id_of(story.is_trashed())
        assert told(changes.next()) == ("UPSERTED", [(id_, "TRASHED")], [])
        story.is_being_purged()
        seen = WatchedList()
        seen.take_until(changes, lambda: seen.states() == {id_: (9, "PURGING")})
        write_progress(adapters, story, done=100)
        assert changes.next()["datasets"][0]["progress"] == {"done": 100}
        story.is_purged()
        seen.take_until(changes, lambda: seen.states() == {})
        position = seen.position
    other = begin(adapters).is_ready().is_trashed()
    with api.subscribe(WATCH_LIST, filter={"status": ["TRASHED", "PURGING"]}, after=position) as changes:
        assert told(changes.next()) == ("UPSERTED", [(id_of(other), "TRASHED")], [])


def test_who_was_away_while_it_was_purged_is_told_that_it_left(serve, adapters):
    story = begin(adapters).is_ready()
    with serve() as served, served.client.subscribe(WATCH_LIST) as changes:
        position = whole(changes).position
    story.is_purged()
    with serve() as served, served.client.subscribe(WATCH_LIST, after=position) as changes:
        assert told(changes.next()) == ("REMOVED", [], [id_of(story)])
        assert changes.is_silent_for(1)
        assert whole_anew(served.client) == {}


def whole_anew(client):
    with client.subscribe(WATCH_LIST) as changes:
        return whole(changes).rows
