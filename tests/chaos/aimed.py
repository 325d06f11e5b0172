"""Harm that is aimed at one guard: with it nothing is lost, and without it the verdicts are red."""

import threading
import time
from collections.abc import Callable, Mapping
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

from api.ids import key_of
from domain.adapters.pieces import WORK, Lease, Pieces
from domain.describe_commands import DescribeDataset
from domain.handle import handle
from domain.log import Trace
from tests.chaos import mischief, victims
from tests.chaos.mischief import comes
from tests.chaos.sources import RECIPES, TOKENIZER
from tests.chaos.stages import Held
from tests.chaos.victims import below, freeze, thaw
from tests.chaos.world import World
from tests.end_to_end.service import until

WRITING_SECONDS = 10.0
# Long enough for whoever was stopped to say what it has to say, also beside much else.
SAYING_SECONDS = 10.0
HELD_WITHIN_SECONDS = 30.0
TRIES = 5
# Whose hands are those of nobody at work: named as holders are.
ANOTHER = "here-0-another"
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


class Unharmed(Exception):  # noqa: N818  what happened
    """There was nothing to harm, so nothing can be told."""


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

    def held_shard(self, job: str) -> Held | None:
        """A shard of a job in somebody's hands."""
        return next((one for one in self.world.look.held() if one.job_id == job and one.stage == WORK), None)

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
        """Somebody who lost a shard comes back while it is in the hands of another one, who is this process."""
        with self.world.adapters() as adapters:
            for _ in range(TRIES):
                lost, stopped = self._stop_with_a_shard(self.tokenize())
                try:
                    if lost and self._come_back(adapters.pieces, lost):
                        return
                finally:
                    thaw(stopped)
        raise Unharmed("no shard was lost to another one")

    def _stop_with_a_shard(self, job: str) -> tuple[Held | None, list[int]]:
        """All who work stand still, one of them with a shard of the job in hand, if it comes to that."""
        deadline = time.monotonic() + HELD_WITHIN_SECONDS
        while True:
            stopped = freeze(self.world.service)
            lost = self.held_shard(job)
            if lost or time.monotonic() > deadline:
                return lost, stopped
            thaw(stopped)
            time.sleep(0.003)

    def _come_back(self, pieces: Pieces, lost: Held) -> bool:
        """Whether the shard was another's when its first holder went on."""
        taken: list[Lease] = []

        def is_taken() -> bool:
            taken.extend(lease for lease in [pieces.take(lost.job_id, lost.piece, ANOTHER)] if lease)
            return bool(taken)

        if not comes(is_taken, HELD_WITHIN_SECONDS):
            return False
        thaw(below(lost.pid))
        comes(lambda: not pieces.beat(taken[0], progressed=True), SAYING_SECONDS)
        pieces.let_go(taken[0])
        return True

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
        raise Unharmed("no finished shard was found")

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
