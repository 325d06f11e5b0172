"""Many threads, one turn at a time, and whoever waits comes along."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from domain.adapters.shared_turn import SharedTurn
from tests.api.client import until


def gathered(work, *more):
    """A turn that is held until eight more items wait, and what was done together."""
    batches, hold = [], threading.Event()

    def slowly(items):
        batches.append(list(items))
        assert hold.wait(60)
        return work(items)

    turn = SharedTurn(slowly, *more)
    with ThreadPoolExecutor(9) as threads:
        first = threads.submit(turn.put, 0)
        until(lambda: batches)
        rest = [threads.submit(turn.put, number) for number in range(1, 9)]
        until(lambda: len(turn._waiting) == len(rest))
        hold.set()
    return batches, [first, *rest]


def test_what_waits_is_done_together_and_each_gets_its_own_result():
    batches, futures = gathered(lambda items: [item * 10 for item in items])
    assert [len(batch) for batch in batches] == [1, 8]
    assert [future.result() for future in futures] == [number * 10 for number in range(9)]


def test_only_the_one_at_fault_fails():
    def work(items):
        if 5 in items:
            raise ValueError("five")
        return list(items)

    _, futures = gathered(work)
    assert [future.result() for future in futures if future is not futures[5]] == [0, 1, 2, 3, 4, 6, 7, 8]
    with pytest.raises(ValueError, match="five"):
        futures[5].result()


def test_what_was_cut_is_tried_no_second_time():
    def work(items):
        if 5 in items:
            raise ConnectionError("cut")
        return list(items)

    batches, (first, *rest) = gathered(work, lambda error: isinstance(error, ConnectionError))
    assert first.result() == 0
    assert [str(future.exception()) for future in rest] == ["cut"] * 8
    assert [len(batch) for batch in batches] == [1, 8]


def test_more_may_wait_than_go_along_at_once():
    turn = SharedTurn(lambda items: (time.sleep(0.001), list(items))[1])
    with ThreadPoolExecutor(300) as threads:
        assert list(threads.map(turn.put, range(300))) == list(range(300))


def test_nothing_is_lost_among_many_threads():
    turn = SharedTurn(lambda items: [item + 1 for item in items])
    with ThreadPoolExecutor(8) as threads:
        assert list(threads.map(turn.put, range(2_000))) == list(range(1, 2_001))
