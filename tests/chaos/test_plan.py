"""The plan of the rounds: the same for one seed, whatever came of it."""

from collections import Counter
from itertools import islice

from tests.chaos.mischief import MISCHIEF
from tests.chaos.plan import MISCHIEF_ONE_IN, Plan, plans
from tests.chaos.report import MANY_ROUNDS


def planned(seed: int) -> list[Plan]:
    return list(islice(plans(seed), MANY_ROUNDS))


def test_two_plans_of_one_seed_are_equal_and_those_of_another_seed_are_not():
    assert planned(1) == planned(1)
    assert planned(1) != planned(2)


def test_what_one_part_of_a_round_draws_changes_nothing_for_another():
    first, second = planned(1)[0], planned(1)[0]
    first.chance("victim").random()
    assert first.chance("mischief").random() == second.chance("mischief").random()
    assert first.chance("mischief").random() != first.chance("victim").random()
    assert first.chance("victim").random() != planned(1)[1].chance("victim").random()


def test_all_mischief_comes_equally_often():
    counts = Counter(plan.mischief for plan in planned(1))
    nothing = counts.pop(None)
    assert set(counts) == set(MISCHIEF)
    assert max(counts.values()) - min(counts.values()) <= 1
    assert 1 / 2 < nothing / MANY_ROUNDS / (1 - 1 / MISCHIEF_ONE_IN) < 3 / 2
