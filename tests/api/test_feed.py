"""The feed of one process: however many follow it, each event is read from the log once."""

import asyncio
from collections import Counter
from contextlib import aclosing
from dataclasses import replace

from api.feed import Feed
from api.heard import removed_by
from api.ring import Wanted
from api.threads import Threads
from domain.adapters.postgres_log import PostgresLog
from tests.api.client import PATIENCE_SECONDS
from tests.api.stories import begin

FOLLOWERS = 200
STARTED = Wanted(types=frozenset({"JobStarted"}))


class CountingLog(PostgresLog):
    """Counts how often each event is read, by its position."""

    def __init__(self, *pools):
        super().__init__(*pools)
        self.reads = Counter()

    def after(self, *arguments, **named):
        found = super().after(*arguments, **named)
        self.reads.update(recorded.position for recorded in found)
        return found


async def told(batches, count):
    """The positions of so many events, as a follower is told of them."""
    seen = []
    async with aclosing(batches):
        while len(seen) < count:
            seen += [recorded.position for recorded in (await anext(batches)).events]
    return seen


async def follow_together(adapters, stories):
    """What each of many followers was told of the stories that happened while they followed."""
    threads = Threads()
    feed = await Feed.open(adapters, threads)
    many = [feed.follow(feed.newest, Wanted() if number % 2 else STARTED) for number in range(FOLLOWERS)]
    counts = [2 * stories if number % 2 else stories for number in range(FOLLOWERS)]
    running = asyncio.gather(*map(told, many, counts))
    while feed.waiting < FOLLOWERS:
        await asyncio.sleep(0.01)
    for _ in range(stories):
        await asyncio.to_thread(lambda: begin(adapters).starts())
    found = await asyncio.wait_for(running, PATIENCE_SECONDS)
    await feed.close()
    threads.close()
    return found


def test_an_event_is_read_once_however_many_are_told_of_it(adapters):
    # given a log that was there before
    begin(adapters).starts()
    before = adapters.log.newest()
    log = CountingLog(adapters.pool, adapters.appends)

    # when many follow what happens
    found = asyncio.run(follow_together(replace(adapters, log=log), stories=50))

    # then each was told, and none has read for itself
    happened = [recorded.position for recorded in adapters.log.after(before, 500)]
    assert len(happened) == 100
    assert all(seen == happened for seen in found[1::2])
    assert all(seen == happened[1::2] for seen in found[0::2])
    assert log.reads == dict.fromkeys(happened, 1)


async def removed_while(adapters, happens):
    """The datasets of which files go while something happens."""
    threads, seen = Threads(), []
    feed = await Feed.open(adapters, threads, lambda events: seen.extend(removed_by(events)))
    before = feed.newest
    await asyncio.to_thread(happens)
    count = adapters.log.newest() - before
    await asyncio.wait_for(told(feed.follow(before, Wanted()), count), PATIENCE_SECONDS)
    await feed.close()
    threads.close()
    return seen


def test_whatever_is_kept_open_is_let_go_of_before_a_purge_after_it_and_when_an_index_has_a_successor(adapters):
    story, other = begin(adapters).is_ready().asks_for_an_index(), begin(adapters).is_ready()
    assert asyncio.run(removed_while(adapters, story.is_indexed)) == [story.id]
    assert asyncio.run(removed_while(adapters, other.is_trashed)) == []
    assert asyncio.run(removed_while(adapters, other.is_purged)) == [other.id, other.id]
