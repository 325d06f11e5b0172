"""A few rounds of `make chaos`: work in flight, kills and other harm, and the verdicts at the end."""

import os

import pytest

from tests.chaos.rounds import Rounds
from tests.chaos.world import world

pytestmark = pytest.mark.slow

ROUNDS = int(os.environ.get("CHAOS_ROUNDS") or 5)


def test_a_few_rounds_of_harm_lose_nothing_double_nothing_and_leave_nothing_behind():
    seed = int(os.environ.get("CHAOS_SEED") or 1)
    print(f"CHAOS_SEED={seed}")
    with world(seed) as made:
        rounds = Rounds(made)
        rounds.play(ROUNDS, print)
        assert rounds.report.violations == []
        assert rounds.report.rounds == ROUNDS
        assert rounds.report.kills.total() == ROUNDS
        assert rounds.events > 0
        assert rounds.known
