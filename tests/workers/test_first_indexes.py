"""Datasets from before there were search indexes get theirs when the dispatcher starts."""

import os
import signal
import threading
import time

from domain.dataset import stream_of
from domain.index_events import IndexRequested
from tests.api.stories import begin
from workers.broker import open_broker
from workers.dispatch import run
from workers.first_indexes import ask_for_first_indexes

PATIENCE_SECONDS = 60
NUMBERS = {"train": [{"stars": 1}]}


def jobs_asked(adapters, story):
    events = [recorded.event for recorded in adapters.log.read(stream_of(story.id))]
    return [event.job_id for event in events if isinstance(event, IndexRequested)]


def pieces_of(adapters, story):
    """What is to be done for indexes of a dataset."""
    with adapters.pool.connection() as connection:
        query = "SELECT piece || ' of ' || job_id FROM pieces WHERE dataset_id = %s AND actor = 'index_dataset'"
        return [piece for (piece,) in connection.execute(query, (story.id,)).fetchall()]


def test_a_ready_dataset_whose_index_was_never_asked_for_is_indexed_once(adapters):
    # given one from before, and others that have an index, had one that was stopped or failed, or cannot have one
    old = begin(adapters).is_ready()
    others = [
        begin(adapters).is_ready().asks_for_an_index().is_indexed(),
        begin(adapters).is_ready().asks_for_an_index().fails(),
        begin(adapters).is_ready(NUMBERS),
        begin(adapters).starts(),
        begin(adapters).is_ready().is_trashed(),
    ]
    before = [jobs_asked(adapters, story) for story in others]

    # when the dispatcher starts, and starts again
    assert not ask_for_first_indexes(adapters)
    assert not ask_for_first_indexes(adapters)

    # then the one is asked for once, and all else is as it was
    assert len(jobs_asked(adapters, old)) == 1
    assert [jobs_asked(adapters, story) for story in others] == before


def test_a_dispatcher_that_starts_asks_for_them_and_opens_their_runs(adapters):
    # given a dataset from before, and somebody who stops the dispatcher once there is something to be done for it
    old = begin(adapters).is_ready()

    def stop_once_asked() -> None:
        end = time.monotonic() + PATIENCE_SECONDS
        while not any("plan" in piece for piece in pieces_of(adapters, old)) and time.monotonic() < end:
            time.sleep(0.05)
        os.kill(os.getpid(), signal.SIGTERM)

    stopper = threading.Thread(target=stop_once_asked)
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}

    # when it runs
    stopper.start()
    try:
        run(adapters, open_broker(adapters.settings.redis_url))
    finally:
        stopper.join()
        for number, handler in before.items():
            signal.signal(number, handler)

    # then the index is asked for, and its run begins with a plan
    (job,) = jobs_asked(adapters, old)
    assert pieces_of(adapters, old) == [f"plan of {job}"]


def test_two_who_start_at_once_ask_for_one_index(adapters):
    old = begin(adapters).is_ready()
    both = [threading.Thread(target=ask_for_first_indexes, args=(adapters,)) for _ in range(2)]
    for each in both:
        each.start()
    for each in both:
        each.join()
    assert len(jobs_asked(adapters, old)) == 1


def test_many_are_asked_for_some_at_a_time_until_none_is_left(adapters):
    old = [begin(adapters).is_ready() for _ in range(3)]
    assert ask_for_first_indexes(adapters, most=2)
    assert [len(jobs_asked(adapters, story)) for story in old] == [1, 1, 0], "the oldest first"
    assert not ask_for_first_indexes(adapters, most=2)
    assert [len(jobs_asked(adapters, story)) for story in old] == [1, 1, 1]


def test_one_that_was_restored_is_asked_for_then(adapters):
    old = begin(adapters).is_ready().is_trashed()
    assert not ask_for_first_indexes(adapters)
    old.is_restored()
    ask_for_first_indexes(adapters)
    assert len(jobs_asked(adapters, old)) == 1
