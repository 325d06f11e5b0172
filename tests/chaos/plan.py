"""What is done in each round, drawn from the seed alone: whatever the rounds before came to, it is the same again."""

import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count

from tests.chaos.mischief import MISCHIEF

MISCHIEF_ONE_IN = 3
PAUSE_SECONDS = 1.0


@dataclass(frozen=True)
class Plan:
    """One round: what is done beside the kill, if anything, and how long all is left alone after it."""

    seed: int
    number: int
    mischief: str | None
    pause_seconds: float

    def chance(self, of: str) -> random.Random:
        """A generator for one part of the round alone: nobody else draws from it, whoever comes first."""
        return random.Random(f"{self.seed} {self.number} {of}")


def plans(seed: int) -> Iterator[Plan]:
    """Round after round; the mischief that was planned least comes first."""
    planned: Counter[str] = Counter()
    for number in count(1):
        chance = random.Random(f"{seed} {number}")
        mischief = None
        if not chance.randrange(MISCHIEF_ONE_IN):
            least = min(planned[name] for name in MISCHIEF)
            mischief = chance.choice([name for name in MISCHIEF if planned[name] == least])
            planned[mischief] += 1
        yield Plan(seed, number, mischief, chance.uniform(0, PAUSE_SECONDS))
