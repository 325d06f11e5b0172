"""Rounds of harm while work goes on, a verdict on the work in hand after each, and on its end after every few."""

import random
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import islice

from domain.adapters.locks import APPEND
from tests.chaos import victims
from tests.chaos.digests import Wanted
from tests.chaos.mischief import FULL, LASTING, MISCHIEF, NEEDS, comes
from tests.chaos.plan import Plan, plans
from tests.chaos.report import Report
from tests.chaos.undisturbed import bring
from tests.chaos.verdict import Verdict
from tests.chaos.work import Work
from tests.chaos.world import HUB_BYTES_A_SECOND, WORKERS, World
from tests.end_to_end.service import until
from tests.workers.replayed import Replayed

ENDED_EVERY = 20
AIMED_WITHIN_SECONDS = 20
QUIET_WITHIN_SECONDS = 240
LOOK_SECONDS = 0.003
UNENDED = "SELECT kind, status, id::text FROM jobs WHERE status IN ('QUEUED', 'RUNNING', 'CANCELLING', 'FAILED')"
LEFT = """
SELECT p.piece, j.status, p.job_id::text, p.actor, p.holder, p.sent_at FROM pieces p LEFT JOIN jobs j ON j.id = p.job_id
"""
# What has an end of its own was promised to a request that nobody saw through.
PROMISED = "SELECT id, bytes FROM reservations WHERE until IS NULL"
# What is finished is nobody's work any more.
DRIVEN = "SELECT DISTINCT job_id::text FROM pieces WHERE done_at IS NULL"
CAUGHT_UP = "SELECT position FROM checkpoints WHERE name = 'dispatcher' AND position >= %s"
CAUGHT_UP_WITHIN_SECONDS = 60
# What the dispatcher sweeps up by itself, also in the seconds after trouble in which it does not, is not stuck.
SWEPT_WITHIN_SECONDS = 20
BEHIND = """
SELECT e.newest, c.position FROM (SELECT max(position) AS newest FROM events) e, checkpoints c
WHERE c.name = 'dispatcher' AND c.position < e.newest
"""


@dataclass
class Rounds:
    """All of them, in one world."""

    world: World
    report: Report = field(default_factory=Report)
    known: dict[str, bool] = field(default_factory=dict)
    events: int = 0
    is_enough: bool = False
    work: Work | None = None
    replayed: Replayed | None = None
    wanted: Wanted = field(init=False)

    def __post_init__(self) -> None:
        if not self.world.is_small_disk:
            self.report.impossible[FULL] = "nothing can be mounted here"

    def begin(self) -> list[str]:
        """Bring everything once, undisturbed; the ids of the datasets, which stay."""
        kept, self.wanted = bring(self.world)
        return kept

    def play(self, count: int, tell: Callable[[str], None]) -> None:
        """So many rounds; ends early where something was violated, or when that is asked for. A verdict is the last."""
        self.work = self.world.work(*self.begin())
        self.work.start()
        try:
            for plan in islice(plans(self.world.seed), count):
                number, done = plan.number, self._round(plan)
                self.report.violations += self.look_on()
                tell(f"{number}: {done}; {self.events} events, {len(self.known)} outputs compared")
                if not self.report.violations and (number % ENDED_EVERY == 0 or number == count or self.is_enough):
                    self.report.violations += self.judge()
                    tell(f"{number}: all is over; {self.events} events, {len(self.known)} outputs compared")
                if self.report.violations or self.is_enough:
                    return
        finally:
            self.work.stop()

    def _round(self, plan: Plan) -> str:
        """What was done."""
        began = time.monotonic()
        chance = plan.chance("victim")
        victim, aimed = self.report.aim(chance)
        assert self.work
        with ThreadPoolExecutor(1) as beside:
            self.work.wanted = NEEDS.get(plan.mischief or "", aimed[0])
            harm = self._harm(plan, beside)
            self.work.wanted = aimed[0]
            in_flight = self._kill(victim, set(aimed), chance)
        name = self._told(plan, harm)
        time.sleep(plan.pause_seconds)
        until(lambda: victims.is_everybody_back(self.world.service, WORKERS))
        self.report.rounds += 1
        stages = ", ".join(f"[{one}]" if one in aimed else one for one in sorted(in_flight))
        return f"{victim} in {stages}; {name}; {time.monotonic() - began:.1f} s"

    def _harm(self, plan: Plan, beside: ThreadPoolExecutor) -> Future[bool] | None:
        """What else is done: what lasts goes on when this returns."""
        if plan.mischief is None:
            return None
        deed = MISCHIEF[plan.mischief]
        doing = beside.submit(deed, self.world, plan.chance("mischief"))
        if deed not in LASTING:
            doing.result()
        return doing

    def _told(self, plan: Plan, harm: Future[bool] | None) -> str:
        """What came of it, which counts only where it was done."""
        if plan.mischief is None or harm is None:
            return "nothing else"
        if not harm.result():
            return f"not done: {plan.mischief}"
        self.report.mischief[plan.mischief] += 1
        return plan.mischief

    def _kill(self, victim: str, aimed: set[str], chance: random.Random) -> set[str]:
        """Stop the workers as soon as one of the stages is in flight, and kill; all that were, as they stood still."""
        service, look = self.world.service, self.world.look
        deadline = time.monotonic() + AIMED_WITHIN_SECONDS
        while True:
            is_late = time.monotonic() > deadline
            if not is_late and not aimed & look.in_flight():
                time.sleep(LOOK_SECONDS)
                continue
            frozen = victims.freeze(service)
            in_flight = look.in_flight()
            if is_late or aimed & in_flight:
                break
            victims.thaw(frozen)
        busy = [held for held in look.held() if held.name in aimed] or look.held()
        pids = victims.pids_of(service, victim, busy, chance)
        if victim in ("worker", "tree"):
            victims.strike(service, victim, pids)
            victims.thaw(frozen)
        else:
            victims.thaw(frozen)
            victims.strike(service, victim, pids)
        self.report.killed(victim, in_flight)
        return in_flight

    def look_on(self) -> list[str]:
        """What is amiss in the midst of it: nothing is appended while log and tables are compared."""
        world = self.world
        with world.adapters() as adapters, adapters.pool.connection() as connection:
            self.replayed = self.replayed or Replayed(adapters)
            self.replayed.look_by(adapters)
            verdict = Verdict(adapters, self.wanted, self.replayed)
            # these look twice, and need those who append to go on
            beside = [*verdict.orphans_so_far(), *self._stuck(verdict)]
            heard, acknowledged = list(world.subscriber.seen), list(world.commands.acknowledged)
            connection.execute("SELECT pg_advisory_xact_lock(%s)", (APPEND,))
            found = [
                *beside,
                *verdict.forgotten(acknowledged),
                *verdict.doubled(),
                *verdict.unequal(self.known),
                *verdict.views(),
                *verdict.heard_so_far(heard),
                *verdict.zombies(),
            ]
            self.events = len(verdict.log)
            return found

    def _stuck(self, verdict: Verdict) -> list[str]:
        """What nobody goes on with, however often it is looked at, once the dispatcher has reacted to all so far."""
        newest = verdict.log[-1].position
        if not comes(lambda: self.world.look.rows(CAUGHT_UP, (newest,)), CAUGHT_UP_WITHIN_SECONDS):
            return [f"the dispatcher has not come to {newest} within {CAUGHT_UP_WITHIN_SECONDS} s"]
        found = set(self._not_driven(verdict))

        def is_over() -> bool:
            found.intersection_update(self._not_driven(verdict))
            return not found

        return [] if comes(is_over, SWEPT_WITHIN_SECONDS) else sorted(found)

    def _not_driven(self, verdict: Verdict) -> Iterator[str]:
        return verdict.stuck({job for (job,) in self.world.look.rows(DRIVEN)})

    def judge(self) -> list[str]:
        """Let everything end, then look: all that is not as it must be."""
        self._calm(is_calm=True)
        deadline = time.monotonic() + QUIET_WITHIN_SECONDS
        while (going_on := [*self._open()]) and time.monotonic() < deadline:
            time.sleep(LOOK_SECONDS * 10)
        found = [*going_on, *self._judged()]
        self._calm(is_calm=False)
        return found

    def _calm(self, *, is_calm: bool) -> None:
        self.world.subscriber.is_calm = is_calm
        self.world.hub.throttle(None if is_calm else HUB_BYTES_A_SECOND)
        if self.work:
            self.work.is_ending = is_calm

    def _open(self) -> Iterator[str]:
        """What is not over yet."""
        look = self.world.look
        if self.work and self.work.is_sending:
            yield "an upload is on its way"
        yield from (f"job {row}" for row in look.rows(UNENDED))
        yield from (f"piece {piece} of the {status} job {row}" for piece, status, *row in look.rows(LEFT))
        yield from (f"promised room {row}" for row in look.rows(PROMISED))
        yield from (f"the dispatcher is behind: {row}" for row in look.rows(BEHIND))
        ((events,),) = look.rows("SELECT count(*) FROM events")
        if len(self.world.subscriber.seen) != events:
            yield f"a subscriber has heard of {len(self.world.subscriber.seen)} of {events} events"

    def _judged(self) -> list[str]:
        world = self.world
        with world.adapters() as adapters:
            verdict = Verdict(adapters, self.wanted)
            found = [
                *world.commands.troubles,
                *verdict.lost(world.commands.acknowledged),
                *verdict.doubled(),
                *verdict.unended(),
                *verdict.unequal(self.known),
                *verdict.orphans(),
                *verdict.views(),
                *verdict.heard(world.subscriber.seen),
                *verdict.zombies(),
            ]
            self.events = len(verdict.log)
            return found
