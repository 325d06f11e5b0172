"""The log as clients read and follow it: from any position, every later event once."""

import random
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import psycopg
import pytest

from api.ids import global_id
from domain.adapters import open_adapters
from tests.api.client import until
from tests.api.stories import begin
from tests.api.writers import writers

QUERY = """
query ($after: Position, $first: Int, $filter: EventFilter) {
  events(after: $after, first: $first, filter: $filter) {
    events { position stream version type summary data recordedAt commandId } cursor caughtUp
  }
}"""
FOLLOW = """
subscription ($after: Position, $filter: EventFilter) {
  events(after: $after, filter: $filter) { events { position type stream } cursor caughtUp }
}"""

LIVE_EVENTS = 300


def positions(batches):
    return [event["position"] for batch in batches for event in batch["events"]]


def place(position):
    return int(position.partition(":")[2])


def everything(api):
    batches, after = [], "0"
    while not batches or not batches[-1]["caughtUp"]:
        batches.append(api.ask(QUERY, after=after, first=500))
        after = batches[-1]["cursor"]
    return positions(batches)


def test_an_empty_log_is_caught_up_at_its_beginning(api):
    batch = api.ask(QUERY)
    assert (batch["events"], batch["caughtUp"]) == ([], True)
    assert api.ask(QUERY, after=batch["cursor"]) == batch
    assert api.ask("{ position }") == batch["cursor"]


def test_the_log_is_read_in_pages(api, adapters):
    story = begin(adapters).is_ready()
    first = api.ask(QUERY, first=4)
    assert [event["type"] for event in first["events"]] == [
        *("DownloadRequested", "JobStarted", "DownloadPinned", "DownloadCompleted"),
    ]
    assert (first["caughtUp"], first["cursor"]) == (False, first["events"][-1]["position"])
    rest = api.ask(QUERY, first=4, after=first["cursor"])
    assert [event["version"] for event in rest["events"]] == [5, 6]
    assert (rest["caughtUp"], rest["cursor"]) == (True, api.ask("{ position }"))
    assert {event["stream"] for event in first["events"]} == {f"dataset-{story.id}"}
    assert all(event["summary"] and event["recordedAt"] and event["commandId"] for event in first["events"])


def test_filters_leave_events_out_and_the_cursor_moves_over_them(api, adapters):
    one, other = begin(adapters), begin(adapters).starts()
    mine = {"datasetId": global_id("Dataset", other.id)}
    batch = api.ask(QUERY, filter=mine)
    assert [event["type"] for event in batch["events"]] == ["DownloadRequested", "JobStarted"]
    one.starts()
    both = {**mine, "types": ["JobStarted"]}
    assert [event["stream"] for event in api.ask(QUERY, filter=both)["events"]] == [f"dataset-{other.id}"]
    assert api.ask(QUERY, filter=mine)["cursor"] == api.ask("{ position }")
    assert len(api.ask(QUERY, filter={"types": ["JobStarted"]})["events"]) == 2
    for unknown in ("", "unknown"):
        assert api.ask(QUERY, filter={"datasetId": unknown})["events"] == []


def test_a_dataset_tells_its_own_history(api, adapters):
    begin(adapters)
    story = begin(adapters).starts()
    document = """query ($id: ID!, $after: Position) { dataset(id: $id) {
      history(after: $after, first: 1) { events { type } cursor caughtUp } } }"""
    id_ = global_id("Dataset", story.id)
    first = api.ask(document, id=id_)["history"]
    assert (first["events"], first["caughtUp"]) == ([{"type": "DownloadRequested"}], False)
    second = api.ask(document, id=id_, after=first["cursor"])["history"]
    assert second["events"] == [{"type": "JobStarted"}]


def test_a_follower_is_told_at_once_that_there_is_nothing(api):
    with api.subscribe(FOLLOW) as batches:
        assert batches.next() == {"events": [], "cursor": api.ask("{ position }"), "caughtUp": True}


def test_history_comes_in_chunks_and_then_what_happens(api, adapters):
    for _ in range(601):
        begin(adapters)
    with api.subscribe(FOLLOW) as batches:
        first, second = batches.next(), batches.next()
        assert (len(first["events"]), first["caughtUp"]) == (500, False)
        assert (len(second["events"]), second["caughtUp"]) == (101, True)
        begin(adapters)
        live = batches.next()
        assert (len(live["events"]), live["caughtUp"]) == (1, True)
    assert positions([first, second, live]) == everything(api)


def test_a_follower_that_joins_before_the_feed_has_heard_is_not_told_to_have_caught_up(api, adapters):
    begin(adapters)
    assert len(api.ask(QUERY)["events"]) == 1
    silent = "INSERT INTO events (stream, version, type, data, metadata) SELECT %s, 1, type, data, metadata FROM events"
    with adapters.pool.connection() as connection:  # no NOTIFY: the feed finds it by its next poll
        connection.execute(silent, (f"dataset-{uuid4()}",))
    with api.subscribe(FOLLOW) as batches:
        found = [batches.next()]
        while not found[-1]["caughtUp"]:
            found.append(batches.next())
    assert positions(found) == everything(api)


def test_a_position_that_a_mutation_gave_can_be_followed_at_once(api):
    mutation = """mutation ($name: String!) {
      downloadDataset(input: {repository: $name}) { position } }"""
    for number in range(20):
        position = api.ask(mutation, name=f"acme/n{number}")["position"]
        with api.subscribe(FOLLOW, after=position) as batches:
            assert batches.next() == {"events": [], "cursor": position, "caughtUp": True}


def test_a_follower_of_one_dataset_hears_of_no_other(api, adapters):
    one, other = begin(adapters), begin(adapters)
    with api.subscribe(FOLLOW, filter={"datasetId": global_id("Dataset", one.id)}) as batches:
        assert len(batches.next()["events"]) == 1
        other.starts()
        one.starts()
        batch = batches.next()
        assert [event["type"] for event in batch["events"]] == ["JobStarted"]
        assert batch["cursor"] == api.ask("{ position }")


@pytest.mark.slow
def test_a_follower_whose_filter_lets_nothing_through_hears_how_far_the_log_is(api, adapters):
    with api.subscribe(FOLLOW, filter={"types": ["JobFailed"]}) as batches:
        assert batches.next()["events"] == []
        begin(adapters)
        assert batches.next() == {"events": [], "cursor": api.ask("{ position }"), "caughtUp": True}
        assert batches.is_silent_for(2.5)


def follow(api, after, last):
    """Positions seen from `after` until `last()` was seen; cut and resumed at random."""
    seen, chance = [], random.Random(after)
    while True:
        with api.subscribe(FOLLOW, after=after) as batches:
            for batch in batches:
                seen += positions([batch])
                after = batch["cursor"]
                if last() and place(after) >= place(last()):
                    return seen
                if chance.random() < 0.2:
                    break


@pytest.mark.slow
def test_followers_from_any_position_see_each_later_event_once_while_writers_run(api, adapters):
    followers = 6
    end: list[str] = []
    for _ in range(30):
        begin(adapters)
    begun = everything(api)
    starts = ["0", begun[0], begun[10], begun[-1], *begun[20 : 20 + followers - 4]]
    with ThreadPoolExecutor(followers) as pool:
        with writers(lambda: begin(adapters).starts(), threads=4):
            running = [pool.submit(follow, api, start, lambda: end and end[0]) for start in starts]
            until(lambda: place(api.ask("{ position }")) > place(begun[-1]) + LIVE_EVENTS)
        end.append(api.ask("{ position }"))
        begin(adapters)  # wakes those that wait
        found = [run.result(60) for run in running]
    told = everything(api)
    for start, seen in zip(starts, found, strict=True):
        expected = told[told.index(start) + 1 :] if start != "0" else told
        assert seen in (expected, expected[:-1])
        assert len(seen) > LIVE_EVENTS // 2


def test_a_process_that_comes_up_later_serves_what_happened_before(serve, adapters):
    with serve() as served:
        begin(adapters)
        position = served.client.ask("{ position }")
    begin(adapters).starts()
    with serve() as served, served.client.subscribe(FOLLOW, after=position) as batches:
        assert [event["type"] for event in batches.next()["events"]] == ["DownloadRequested", "JobStarted"]


@pytest.mark.slow
def test_a_feed_whose_connections_are_cut_misses_nothing(api, settings):
    cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> %s"
    with api.subscribe(FOLLOW) as batches:
        batches.next()
        for _ in range(3):
            with psycopg.connect(settings.database_url, autocommit=True) as connection:
                connection.execute(cut, (connection.info.backend_pid,))
            writer = open_adapters(settings)
            begin(writer)
            writer.close()
            assert len(batches.next()["events"]) == 1
