"""What counts as grown: the soak is green by this judgement."""

from pathlib import Path

import pytest

from tests.benchmarks.soak_watch import Seen, Series, Watch, grown
from tests.end_to_end.service import Service

LOOKS = 240  # 20 minutes
FLAT, RISING = [100.0] * LOOKS, [100.0 + number / 10 for number in range(LOOKS)]
STEEP = [100.0 + number / 4 for number in range(LOOKS)]
WARMING_UP = [*(40.0 + number for number in range(60)), *[100.0] * (LOOKS - 60)]
UNEVEN = [100.0 + (number % 7) * 5 for number in range(LOOKS)]


@pytest.mark.parametrize("values", [FLAT, WARMING_UP, UNEVEN], ids=["flat", "warming up", "uneven"])
def test_what_is_as_it_was_has_not_grown(values: list[float]) -> None:
    seen = Seen({"api": Series(values)}, {"api": Series(values)}, Series(values), {"api": {1}})
    assert list(grown(seen)) == []


def test_what_rises_all_the_time_has_grown_whatever_it_is() -> None:
    few = Series([10.0 + number // 20 for number in range(LOOKS)])
    assert list(grown(Seen({"api": Series(RISING)}, {"api": Series(STEEP), "up": few}, few, {"api": {1}}))) == [
        "the memory of api grew from 110 to 121 MB",
        "the open files of api grew from 125 to 153",
        "the connections to Postgres grew from 14 to 20",
    ]


def test_a_process_that_was_started_anew_is_told_and_a_child_that_was_killed_is_not() -> None:
    lives = {"worker 1": {1, 2}, "worker 1, cores": {3, 4}}
    assert list(grown(Seen({}, {}, Series(FLAT), lives))) == ["worker 1 was started 2 times"]


def test_a_watch_that_cannot_look_says_so(tmp_path: Path) -> None:
    with Watch(Service(tmp_path, {})) as watch:  # on a home where nothing was ever started
        pass
    assert [told.partition(":")[0] for told in watch.wrong] == ["the watch ended by EmbeddedError"]
