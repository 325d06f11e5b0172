"""The table of what was in flight when somebody was killed, and what else was done."""

import random
import signal
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from tests.chaos.mischief import MISCHIEF
from tests.chaos.stages import STAGES
from tests.chaos.victims import VICTIMS

LEAST = 5
# So many rounds are enough for the least in every cell.
MANY_ROUNDS = 200


@dataclass
class Report:
    """`mischief` counts what was really done; `impossible` tells why some of it cannot be on this machine."""

    cells: Counter[tuple[str, str]] = field(default_factory=Counter)
    kills: Counter[str] = field(default_factory=Counter)
    mischief: Counter[str] = field(default_factory=Counter)
    impossible: dict[str, str] = field(default_factory=dict)
    rounds: int = 0
    violations: list[str] = field(default_factory=list)

    def aim(self, chance: random.Random) -> tuple[str, list[str]]:
        """Who is killed next, and the stages of which any will do, the rarest first: those below the least, if there
        are any. Whoever has none such waits until nobody has."""
        thin = {victim for victim, _ in self.thin()} or set(VICTIMS)
        rarest = min(self.kills[victim] for victim in thin)
        victim = chance.choice([victim for victim in VICTIMS if victim in thin and self.kills[victim] == rarest])
        stages = [stage for one, stage in self.thin() if one == victim] or list(STAGES)
        return victim, sorted(stages, key=lambda stage: self.cells[victim, stage])

    def killed(self, victim: str, in_flight: Iterable[str]) -> None:
        """A kill counts for every stage that was in flight."""
        self.kills[victim] += 1
        self.cells.update((victim, stage) for stage in in_flight)

    @property
    def is_green(self) -> bool:
        return not self.violations and not (self.rounds >= MANY_ROUNDS and (self.thin() or self.undone()))

    def thin(self) -> list[tuple[str, str]]:
        """The cells below the least."""
        return [(victim, stage) for victim in VICTIMS for stage in STAGES if self.cells[victim, stage] < LEAST]

    def undone(self) -> list[str]:
        """Mischief that could be done, and never was."""
        return [name for name in MISCHIEF if not self.mischief[name] and name not in self.impossible]

    def lines(self) -> Iterator[str]:
        """As Markdown: the README has it so."""
        yield f"| killed | times | {' | '.join(STAGES)} |"
        yield f"| --- | --- | {' | '.join('---' for _ in STAGES)} |"
        for victim in VICTIMS:
            counts = " | ".join(str(self.cells[victim, stage]) for stage in STAGES)
            yield f"| {victim} | {self.kills[victim]} | {counts} |"
        yield ""
        yield "; ".join(f"{what} {self.mischief[what]} times" for what in sorted(MISCHIEF))
        yield from (f"NOT DONE: {what}, since {why}" for what, why in self.impossible.items())
        yield from (f"VIOLATION {violation}" for violation in self.violations)
        if self.rounds >= MANY_ROUNDS:
            yield from (f"BELOW {LEAST}: {victim} in {stage}" for victim, stage in self.thin())
            yield from (f"NEVER: {what}" for what in self.undone())

    def ending(self, asked: int) -> tuple[str, int]:
        """The last line, and the exit code: what was violated is told first, then whether it ended before it was to."""
        if not self.is_green:
            return "The rounds are red.", 1
        if self.rounds < asked:
            return f"Ended by SIGTERM after {self.rounds} of {asked} rounds.", 128 + signal.SIGTERM
        return "The rounds are green.", 0
