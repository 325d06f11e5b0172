"""Harm that kills nobody: it comes beside the kills, and leaves things in order again."""

import random
import signal
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

import redis

from domain.adapters.embedded import Valkey
from domain.adapters.pieces import COMPLETE, WORK
from tests.chaos.stages import Held
from tests.chaos.victims import freeze, thaw
from tests.chaos.world import HUB_BYTES_A_SECOND, LEASE_SECONDS, World
from tests.end_to_end.service import descendants
from tests.end_to_end.takings import send_signal

FULL_SECONDS = 1.5
FULL_BYTES_LEFT = 8192
HUB_TROUBLE_SECONDS = 2.0
CLOCK_SECONDS = (-7200, 7200)
# Every second in the sweep after a lease, and the seconds in which nobody is swept after trouble with the servers.
ZOMBIE_SECONDS = LEASE_SECONDS + 12
LISTENERS = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE starts_with(query, 'LISTEN')"
WHOLE_SHARDS = f"""
SELECT p.dataset_id::text, p.job_id::text, p.outcome->>'file' FROM pieces p
WHERE p.actor = 'tokenize_dataset' AND p.stage = {WORK} AND p.done_at IS NOT NULL AND NOT EXISTS (
    SELECT 1 FROM pieces q WHERE q.job_id = p.job_id AND q.stage = {COMPLETE}
        AND (q.holder IS NOT NULL OR q.done_at IS NOT NULL))
"""


def empty_redis(world: World, _chance: random.Random) -> None:
    with redis.Redis.from_url(Valkey(world.service.home).url) as client, suppress(redis.ConnectionError):
        client.flushall()


def trouble_the_hub(world: World, chance: random.Random) -> None:
    """It fails, cuts what it sends, or is slow, for a while."""
    what = chance.choice([{"status": 503}, {"cut_after": 2_000}, {"status": 429, "headers": {"Retry-After": "1"}}, {}])
    if what:
        world.hub.fail("*", times=3, **what)
    else:
        world.hub.throttle(HUB_BYTES_A_SECOND // 8)
    time.sleep(HUB_TROUBLE_SECONDS)
    world.hub.throttle(HUB_BYTES_A_SECOND)
    world.hub.heal()


def fill_the_disk(world: World, _chance: random.Random) -> None:
    """Nearly nothing is free for a while."""
    if world.is_small_disk:
        with ballast(world.folder / "disk"):
            time.sleep(FULL_SECONDS)


@contextmanager
def ballast(disk: Path) -> Iterator[None]:
    """Whatever is free, and becomes free, is taken."""
    path = disk / "ballast"
    try:
        with path.open("wb", buffering=0) as file, suppress(OSError):
            while file.write(bytes(FULL_BYTES_LEFT)) == FULL_BYTES_LEFT:
                continue
        yield
    finally:
        path.unlink()


def jump_the_clock(world: World, chance: random.Random) -> None:
    """One worker's, from now until the next jump."""
    with suppress(IndexError):
        world.clock.write_text(f"{chance.choice(world.service.workers())} {chance.choice(CLOCK_SECONDS)}")


def wake_a_zombie(world: World, _chance: random.Random) -> None:
    """A worker is stopped with something in hand until that is another's, and goes on then."""
    held = next((piece for piece in world.look.held() if piece.name in ("shard", "ingest", "index")), None)
    if held is not None:
        stopped = [held.pid, *descendants(held.pid)]
        thaw_after = time.monotonic() + ZOMBIE_SECONDS
        send_signal(stopped, signal.SIGSTOP)
        try:
            while is_still_held(world, held) and time.monotonic() < thaw_after:
                time.sleep(0.02)
        finally:
            thaw(stopped)


def is_still_held(world: World, held: Held) -> bool:
    """Whether the piece is in the same hands, under the same fence."""
    return held in world.look.held()


def cut_the_listeners(world: World, _chance: random.Random) -> None:
    """Whoever listens to the database has lost the line."""
    world.look.rows(LISTENERS)


def rot(world: World, chance: random.Random) -> bool:
    """A byte of a finished shard is another one than was written, while nobody reads it; whether there was one."""
    frozen = freeze(world.service)
    try:
        shards = world.look.rows(WHOLE_SHARDS)
        if not shards:
            return False
        dataset, job, name = chance.choice(shards)
        damage(world.storage / "datasets" / dataset / f"work-{job}" / name)
        return True
    finally:
        thaw(frozen)


def damage(path: Path) -> None:
    """Flip the bits of a byte in the middle; a file that is gone is left alone."""
    with suppress(FileNotFoundError):
        content = bytearray(path.read_bytes())
        content[len(content) // 2] ^= 0xFF
        path.write_bytes(content)


MISCHIEF: Mapping[str, Callable[[World, random.Random], object]] = {
    "Redis is emptied": empty_redis,
    "the Hub fails, cuts or is slow": trouble_the_hub,
    "the disk is full": fill_the_disk,
    "a worker's clock jumps": jump_the_clock,
    "a worker comes back after its lease": wake_a_zombie,
    "listeners lose their line": cut_the_listeners,
    "a finished shard rots": rot,
}
