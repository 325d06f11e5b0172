"""Harm that kills nobody: it comes beside the kills, and leaves things in order again. Each tells whether it was done:
what there was nothing for by then did no harm."""

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
from tests.end_to_end.takings import lives, send_signal
from tests.hub import Hub

FULL_SECONDS = 1.5
FULL_BYTES_LEFT = 8192
FAULTS = 3
LOOK_SECONDS = 0.02
HUB_TROUBLE_SECONDS = 2.0
# How long it is waited for somebody to harm.
HARMED_WITHIN_SECONDS = 20.0
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


def empty_redis(world: World, _chance: random.Random) -> bool:
    with redis.Redis.from_url(Valkey(world.service.home).url) as client, suppress(redis.ConnectionError):
        return bool(client.flushall())
    return False


def trouble_the_hub(world: World, chance: random.Random) -> bool:
    """It fails, cuts what it sends, or is slow, for a while, and until somebody has met with it."""
    hub, began = world.hub, time.monotonic()
    what = chance.choice([{"status": 503}, {"cut_after": 2_000}, {"status": 429, "headers": {"Retry-After": "1"}}, {}])
    if what:
        hub.fail("*", times=FAULTS, **what)
    else:
        hub.throttle(HUB_BYTES_A_SECOND // 8)
    sent = bytes_sent(hub)

    def is_met() -> bool:
        is_faulty = any(fault.times != FAULTS for fault in hub.faults)
        return time.monotonic() - began > HUB_TROUBLE_SECONDS and (is_faulty or (not what and bytes_sent(hub) > sent))

    try:
        return comes(is_met, HARMED_WITHIN_SECONDS)
    finally:
        hub.throttle(HUB_BYTES_A_SECOND)
        hub.heal()


def bytes_sent(hub: Hub) -> int:
    return sum(request.sent for request in list(hub.requests))


def fill_the_disk(world: World, _chance: random.Random) -> bool:
    """Nearly nothing is free for a while; never so where nothing can be mounted."""
    if not world.is_small_disk:
        return False
    with ballast(world.folder / "disk"):
        time.sleep(FULL_SECONDS)
    return True


@contextmanager
def ballast(disk: Path) -> Iterator[None]:
    """Whatever is free is taken, up to the end of the disk."""
    path = disk / "ballast"
    try:
        with path.open("wb", buffering=0) as file, suppress(OSError):
            while file.write(bytes(FULL_BYTES_LEFT)) == FULL_BYTES_LEFT:
                continue
        yield
    finally:
        path.unlink()


def jump_the_clock(world: World, chance: random.Random) -> bool:
    """One worker's, from now until the next jump."""
    seconds, workers = chance.choice(CLOCK_SECONDS), world.service.workers()
    if not workers:
        return False
    world.clock.write_text(f"{chance.choice(workers)} {seconds}")
    return True


def wake_a_zombie(world: World, _chance: random.Random) -> bool:
    """A worker is stopped with something in hand until that is another's, and goes on then."""
    found: list[Held] = []

    def is_found() -> bool:
        found.extend(piece for piece in world.look.held() if piece.name in ("shard", "ingest", "index"))
        return bool(found)

    if not comes(is_found, HARMED_WITHIN_SECONDS):
        return False
    held = found[0]
    stopped = [held.pid, *descendants(held.pid)]
    send_signal(stopped, signal.SIGSTOP)
    try:
        return comes(lambda: not is_still_held(world, held), ZOMBIE_SECONDS) and lives(held.pid)
    finally:
        thaw(stopped)


def is_still_held(world: World, held: Held) -> bool:
    """Whether the piece is in the same hands, under the same fence."""
    return held in world.look.held()


def cut_the_listeners(world: World, _chance: random.Random) -> bool:
    """Whoever listens to the database has lost the line."""
    return any(is_cut for (is_cut,) in world.look.rows(LISTENERS))


def rot_a_shard(world: World, chance: random.Random) -> bool:
    """The next that is finished."""
    return comes(lambda: world.look.rows(WHOLE_SHARDS) and rot(world, chance), HARMED_WITHIN_SECONDS)


def rot(world: World, chance: random.Random) -> bool:
    """A byte of a finished shard is another one than was written, while nobody reads it."""
    frozen = freeze(world.service)
    try:
        shards = world.look.rows(WHOLE_SHARDS)
        if not shards:
            return False
        dataset, job, name = chance.choice(shards)
        return damage(world.storage / "datasets" / dataset / f"work-{job}" / name)
    finally:
        thaw(frozen)


def damage(path: Path) -> bool:
    """Flip the bits of a byte in the middle; a file that is gone is left alone."""
    with suppress(FileNotFoundError):
        content = bytearray(path.read_bytes())
        content[len(content) // 2] ^= 0xFF
        path.write_bytes(content)
        return True
    return False


def comes(happened: Callable[[], object], seconds: float) -> bool:
    """Whether it is so within this time."""
    deadline = time.monotonic() + seconds
    while not (is_so := bool(happened())) and time.monotonic() < deadline:
        time.sleep(LOOK_SECONDS)
    return is_so


FULL, ZOMBIE, ROT = "the disk is full", "a worker comes back after its lease", "a finished shard rots"
MISCHIEF: Mapping[str, Callable[[World, random.Random], bool]] = {
    "Redis is emptied": empty_redis,
    "the Hub fails, cuts or is slow": trouble_the_hub,
    FULL: fill_the_disk,
    "a worker's clock jumps": jump_the_clock,
    ZOMBIE: wake_a_zombie,
    "listeners lose their line": cut_the_listeners,
    ROT: rot_a_shard,
}
# The stage that there has to be something in.
NEEDS = {ZOMBIE: "shard", ROT: "shard"}
# What lasts for a while goes on beside the kill; all else would be undone by it.
LASTING = (trouble_the_hub, fill_the_disk)
