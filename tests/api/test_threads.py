"""Calls that wait are made in threads; what many ask at once is asked once, and never before they asked."""

import asyncio
import threading
from collections import Counter

import pytest

from api.threads import Threads


@pytest.fixture
def threads():
    pool = Threads()
    yield pool
    pool.close()


class Asked:
    """A call that ends when it may."""

    def __init__(self):
        self.calls = Counter()
        self.may_end = threading.Semaphore(0)

    def __call__(self, name):
        self.calls[name] += 1
        number = self.calls[name]
        self.may_end.acquire(timeout=10)
        return f"{name} {number}"

    async def has_begun(self, name, times):
        while self.calls[name] < times:
            await asyncio.sleep(0.001)


def test_who_asks_while_a_call_runs_shares_the_next_one(threads):
    async def story():
        asked = Asked()
        first = [asyncio.create_task(threads.run_once(asked, "page")) for _ in range(3)]
        await asked.has_begun("page", 1)
        later = [asyncio.create_task(threads.run_once(asked, "page")) for _ in range(3)]
        other = asyncio.create_task(threads.run_once(asked, "other"))
        await asked.has_begun("other", 1)
        assert asked.calls["page"] == 1, "the next one waits for this one"
        asked.may_end.release(3)
        assert await asyncio.gather(*first, *later, other) == ["page 1"] * 3 + ["page 2"] * 3 + ["other 1"]

    asyncio.run(story())


def test_a_call_that_fails_fails_for_those_who_shared_it_alone(threads):
    def fails(number):
        raise ValueError(number)

    async def story():
        shared = [threads.run_once(fails, 1) for _ in range(2)]
        found = await asyncio.gather(*shared, return_exceptions=True)
        assert [str(error) for error in found] == ["1", "1"]
        assert await threads.run_once(abs, -1) == 1

    asyncio.run(story())


def test_one_who_hangs_up_does_not_end_the_call_of_the_others(threads):
    async def story():
        asked = Asked()
        gone, stays = (asyncio.create_task(threads.run_once(asked, "page")) for _ in range(2))
        await asked.has_begun("page", 1)
        gone.cancel()
        asked.may_end.release()
        assert await stays == "page 1"

    asyncio.run(story())
