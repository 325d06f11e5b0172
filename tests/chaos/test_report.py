"""The table of kills: what it aims at, and when it is red."""

import random

from tests.chaos.report import LEAST, MANY_ROUNDS, Report
from tests.chaos.stages import STAGES
from tests.chaos.victims import VICTIMS


def full(times: int) -> Report:
    report = Report(rounds=MANY_ROUNDS)
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


def test_a_violation_is_red_at_once_and_told():
    report = Report(rounds=1, violations=["something is lost"])
    assert not report.is_green
    assert "VIOLATION something is lost" in list(report.lines())
