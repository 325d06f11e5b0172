"""Harm that is aimed at one guard: with it nothing is lost, and without it the verdicts are red."""

import signal
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

from api.ids import key_of
from domain.adapters.pieces import WORK
from domain.describe_commands import DescribeDataset
from domain.handle import handle
from domain.log import Trace
from tests.chaos import mischief, victims
from tests.chaos.sources import RECIPES, TOKENIZER
from tests.chaos.stages import Held
from tests.chaos.victims import below, thaw
from tests.chaos.world import LEASE_SECONDS, World
from tests.end_to_end.service import until
from tests.end_to_end.takings import send_signal

WRITING_SECONDS = 10.0
# Long enough for whoever was stopped to say what it has to say.
SAYING_SECONDS = 3.0
TRIES = 5
SLOW_APPENDS = """
CREATE FUNCTION chaos.slowly() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN PERFORM pg_sleep(random() * 0.05); RETURN NULL; END $$;
CREATE TRIGGER chaos_slowly AFTER INSERT ON events FOR EACH ROW EXECUTE FUNCTION chaos.slowly();
"""
USUAL_APPENDS = "DROP TRIGGER chaos_slowly ON events; DROP FUNCTION chaos.slowly()"
SLOW_CLEANING = """
CREATE FUNCTION chaos.slowly() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN PERFORM pg_sleep(2); RETURN NEW; END $$;
CREATE TRIGGER chaos_slowly BEFORE INSERT ON pieces FOR EACH ROW
    WHEN (NEW.actor = 'clean_run') EXECUTE FUNCTION chaos.slowly();
"""
USUAL_CLEANING = "DROP TRIGGER chaos_slowly ON pieces; DROP FUNCTION chaos.slowly()"
REACTING = "SELECT 1 FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND query LIKE '%%INTO pieces%%'"
COMPLETED = "SELECT 1 FROM events WHERE type = 'TokenizationCompleted' AND data->>'job_id' = %s"
LOCK = "PERFORM pg_advisory_xact_lock(7316002);"


class Aim:
    """Harm done to one world; `datasets` are READY, and nobody else is at work."""

    def __init__(self, world: World, datasets: list[str]) -> None:
        self.world, self._datasets = world, datasets
        self._numbers = iter(range(1_000_000))

    def tokenize(self) -> str:
        """The key of the job of one that is asked for anew."""
        dataset, length = self._datasets[next(self._numbers) % len(self._datasets)], 63
        document = "query ($id: ID!) { dataset(id: $id) { tokenizations { nodes { id recipe { maxLength } } } } }"
        found = self.world.commands.look(document, id=dataset)["dataset"]["tokenizations"]["nodes"]
        for node in found:
            if node["recipe"]["maxLength"] == length:
                self.world.commands.ask("deleteTokenization", "tokenizationId", tokenizationId=node["id"])
        given = {"datasetId": dataset, "tokenizer": TOKENIZER, "recipe": RECIPES[length]}
        answer = self.world.commands.ask("tokenizeDataset", "job { id }", **given)
        return str(key_of("Job", answer["job"]["id"]))

    def held_shard(self, job: str, *, but: Held | None = None, piece: str | None = None) -> Held | None:
        """A shard of a job in somebody's hands; in those of another one than `but`."""
        for held in self.world.look.held():
            is_other = but is None or held.holder != but.holder
            if held.job_id == job and held.stage == WORK and is_other and piece in (None, held.piece):
                return held
        return None

    def append_lock(self) -> None:
        """Commits take their time, and two who are not the API write at once, as workers do."""
        with self._trigger(SLOW_APPENDS, USUAL_APPENDS):
            over = time.monotonic() + WRITING_SECONDS
            threads = [threading.Thread(target=self._append_until, args=(over, one)) for one in self._datasets]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()

    def _append_until(self, over: float, dataset: str) -> None:
        key = str(key_of("Dataset", dataset))
        with self.world.adapters() as adapters:
            while time.monotonic() < over:
                command = DescribeDataset(dataset_id=key, changes={"tags": (f"{next(self._numbers)}",)})
                handle(adapters.log, command, Trace(str(uuid4()), str(uuid4())))

    @contextmanager
    def _trigger(self, make: str, drop: str):
        self.world.look.rows(make)
        try:
            yield
        finally:
            self.world.look.rows(drop)

    def fence_check(self) -> None:
        """Somebody who lost a piece comes back while it is in the hands of another one."""
        for _ in range(TRIES):
            job = self.tokenize()
            until(lambda job=job: self.held_shard(job))
            lost = self.held_shard(job)
            if lost is None:
                continue
            stopped = below(lost.pid)
            send_signal(stopped, signal.SIGSTOP)
            if self._stop_the_next(job, lost, stopped):
                return

    def _stop_the_next(self, job: str, lost: Held, stopped: list[int]) -> bool:
        """Whether another one had the piece in hand when the first went on."""
        deadline = time.monotonic() + 4 * LEASE_SECONDS
        following = None
        while following is None and time.monotonic() < deadline:
            following = self.held_shard(job, but=lost, piece=lost.piece)
            time.sleep(0.001)
        others = below(following.pid) if following else []
        send_signal(others, signal.SIGSTOP)
        is_held = following in self.world.look.held()
        thaw(stopped)
        time.sleep(SAYING_SECONDS if is_held else 0)
        thaw(others)
        return is_held

    def checkpoint_after_the_send(self) -> None:
        """The dispatcher is killed while it reacts to an end."""
        service = self.world.service
        with self._trigger(SLOW_CLEANING, USUAL_CLEANING):
            self.tokenize()
            until(lambda: self.world.look.rows(REACTING))
            victims.strike(service, "dispatcher", service.dispatchers())

    def rename_before_the_completion(self) -> None:
        """All who work are killed as soon as the log has the completion."""
        service = self.world.service
        job = self.tokenize()
        until_at_once(lambda: self.world.look.rows(COMPLETED, (job,)))
        victims.strike(service, "worker", service.workers() + service.children())

    def hash_check_of_the_ledger(self) -> None:
        """A finished shard is not what was written when the output is put together."""
        for _ in range(TRIES):
            self.tokenize()
            until_at_once(lambda: self.world.look.rows(mischief.WHOLE_SHARDS))
            if mischief.rot(self.world, self.world.chance):
                return

    def read_after_a_lost_listen(self) -> None:
        """Something happens while nobody listens, and nothing after it; the subscriber's own connection holds."""
        self.world.subscriber.is_calm = True
        mischief.cut_the_listeners(self.world, self.world.chance)
        tags = [f"heard by nobody {next(self._numbers)}"]
        self.world.commands.ask("describeDataset", "dataset { id }", datasetId=self._datasets[0], tags=tags)


def until_at_once(happened: Callable[[], Any], seconds: float = 60) -> None:
    """Wait for what is soon over."""
    deadline = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < deadline
        time.sleep(0.001)


# By the names that the processes of a service know them by (`plugin/guards.py`); the append lock is the database's.
APPEND_LOCK = "append lock"
AIMS: Mapping[str, Callable[[Aim], None]] = {
    APPEND_LOCK: Aim.append_lock,
    "fence check": Aim.fence_check,
    "checkpoint after the send": Aim.checkpoint_after_the_send,
    "rename before the completion": Aim.rename_before_the_completion,
    "hash check of the ledger": Aim.hash_check_of_the_ledger,
    "read after a lost LISTEN": Aim.read_after_a_lost_listen,
}


def unlock_appends(world: World) -> None:
    """Appends do not take turns any more."""
    ((definition,),) = world.look.rows("SELECT pg_get_functiondef('append_events'::regproc)")
    assert LOCK in definition
    world.look.rows(definition.replace(LOCK, "").replace("%", "%%"))
