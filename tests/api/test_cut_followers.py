"""Connections that break: nothing is lost, nothing comes twice, and nothing is left behind."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from api.ids import global_id
from tests.api.client import complaints, until
from tests.api.cut import CutFollower, CutStreamFollower
from tests.api.stories import begin, write_history

CUTS = 150
VANISHING = 500
HISTORY_EVENTS = 10_000
SUBSCRIPTIONS = (
    "subscription { events { cursor } }",
    "subscription { datasetsChanged { kind } }",
    'subscription { datasetChanged(id: "%s") { status } }',
)


def write_until(stopping, adapters):
    while not stopping.is_set():
        begin(adapters).starts()
        stopping.wait(0.005)


def positions(adapters):
    with adapters.pool.connection() as connection:
        return [row[0] for row in connection.execute("SELECT position FROM events ORDER BY position")]


@pytest.mark.parametrize("kind", [CutFollower, CutStreamFollower])
def test_a_follower_that_is_cut_at_any_byte_misses_nothing_and_is_told_nothing_twice(serve, adapters, kind):
    # given a long history, and writers
    begin(adapters)
    write_history(adapters, HISTORY_EVENTS)
    stopping = threading.Event()
    writers = [threading.Thread(target=write_until, args=(stopping, adapters)) for _ in range(2)]
    for writer in writers:
        writer.start()

    # when one connection after the other breaks
    with serve() as served:
        follower = kind(served.port, seed=4)
        for _ in range(CUTS):
            follower.follow_to_a_cut()
        stopping.set()
        for writer in writers:
            writer.join()
        told = positions(adapters)
        follower.follow_to(told[-1])

    # then it has been told the log
    assert follower.seen == told
    assert min(follower.cuts.values()) > 5, "connections broke in every part of the stream"


def test_five_hundred_clients_that_vanish_leave_nothing_behind(serve, adapters, caplog):
    story = begin(adapters).starts()
    with serve() as served:
        served.client.ask("{ position }")
        before = served.left()

        def vanish(number):
            document = SUBSCRIPTIONS[number % len(SUBSCRIPTIONS)].replace("%s", global_id("Dataset", story.id))
            with served.client.subscribe(document) as changes:
                changes.next()
                changes.pull_the_plug()

        with ThreadPoolExecutor(8) as pool:
            list(pool.map(vanish, range(VANISHING)))
        until(lambda: served.left() <= before)
        assert served.left()[1] == 0
    assert not complaints(caplog.records)
