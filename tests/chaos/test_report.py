"""The table of kills: what it aims at, and when it is red."""

import random
import signal

import pytest

from tests.chaos.mischief import FULL, MISCHIEF
from tests.chaos.report import LEAST, MANY_ROUNDS, Report
from tests.chaos.stages import STAGES
from tests.chaos.victims import VICTIMS


def full(times: int) -> Report:
    report = Report(rounds=MANY_ROUNDS)
    report.mischief.update(MISCHIEF)
    for victim in VICTIMS:
        for _ in range(times):
            report.killed(victim, STAGES)
    return report


def test_a_kill_counts_for_each_stage_that_was_in_flight():
    report = Report()
    report.killed("API", {"upload", "shard"})
    assert (report.cells["API", "upload"], report.cells["API", "shard"], report.cells["API", "purge"]) == (1, 1, 0)


def test_it_aims_at_what_is_below_the_least_the_rarest_first():
    report = full(LEAST)
    report.cells["Redis", "purge"] = 1
    report.cells["Redis", "shard"] = 2
    assert report.aim(random.Random(1)) == ("Redis", ["purge", "shard"])


def test_once_all_is_full_anybody_is_killed_in_anything():
    report = full(LEAST)
    report.kills["API"] -= 1
    victim, stages = report.aim(random.Random(1))
    assert (victim, set(stages)) == ("API", set(STAGES))


def test_a_thin_cell_is_red_only_after_many_rounds():
    report = full(LEAST)
    assert report.is_green
    report.cells["tree", "completion"] -= 1
    assert not report.is_green
    assert report.thin() == [("tree", "completion")]
    report.rounds = MANY_ROUNDS - 1
    assert report.is_green


def test_mischief_that_was_never_done_is_red_only_after_many_rounds():
    report = full(LEAST)
    report.mischief[FULL] = 0
    assert not report.is_green
    assert f"NEVER: {FULL}" in list(report.lines())
    report.rounds = MANY_ROUNDS - 1
    assert report.is_green


def test_mischief_that_this_machine_does_not_let_be_done_is_said_and_not_red():
    report = full(LEAST)
    report.mischief[FULL] = 0
    report.impossible[FULL] = "nothing can be mounted"
    assert report.is_green
    assert f"NOT DONE: {FULL}, since nothing can be mounted" in list(report.lines())


@pytest.mark.parametrize(
    ("rounds", "violations", "code"),
    [(20, [], 0), (19, [], 128 + signal.SIGTERM), (19, ["something is lost"], 1), (20, ["something is lost"], 1)],
)
def test_the_exit_code_tells_green_from_red_and_from_too_few_rounds(rounds, violations, code):
    assert Report(rounds=rounds, violations=violations).ending(20)[1] == code


def test_a_violation_is_red_at_once_and_told():
    report = Report(rounds=1, violations=["something is lost"])
    assert not report.is_green
    assert "VIOLATION something is lost" in list(report.lines())
