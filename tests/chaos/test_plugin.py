"""What is put into the processes of a service: a clock that is wrong, and guards that are there to be taken away."""

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from domain.adapters import Adapters, checkpoints, listener, pieces
from tests.chaos.aimed import AIMS, LOCK
from tests.chaos.sabotage import TOLD_BY
from tests.chaos.world import PLUGIN

# Says how far each clock is off, in hours, once the file names a process: this one, its parent, or another one.
TELL_CLOCKS = """
import os, sys, time
from datetime import UTC, datetime
from pathlib import Path

def told():
    naive = datetime.utcnow().replace(tzinfo=UTC)
    return [time.time(), time.time_ns() / 1e9, *(at.timestamp() for at in (datetime.now(), datetime.now(UTC), naive)),
            datetime.today().timestamp()]

pid = {"own": os.getpid(), "parent": os.getppid(), "another": 1}[sys.argv[1]]
before = told()
Path(os.environ["CHAOS_CLOCK"]).write_text(f"{pid} 7200")
hours = {round((after - one) / 3600) for one, after in zip(before, told(), strict=True)}
print(hours, type(datetime.now()) is datetime)
"""
TAKE_GUARDS = """
import importlib, sys
import guards
for module in guards.CHANGES:
    importlib.import_module(module)
[finder] = [one for one in sys.meta_path if isinstance(one, guards.Finder)]
print(finder._todo, guards.FENCED)
"""


def run(program: str, *arguments: str, **environ: str) -> str:
    own = {**os.environ, "PYTHONPATH": f"{PLUGIN}:{Path(__file__).parents[2]}", **environ}
    command = [sys.executable, "-c", program, *arguments]
    return subprocess.run(command, env=own, capture_output=True, text=True, check=True).stdout.strip()


@pytest.mark.parametrize(("whose", "hours"), [("own", 2), ("parent", 2), ("another", 0)])
def test_all_clocks_of_a_process_and_of_those_it_starts_jump_and_no_other_s(tmp_path, whose, hours):
    clock = tmp_path / "clock"
    clock.touch()
    assert run(TELL_CLOCKS, whose, CHAOS_CLOCK=str(clock)) == f"{{{hours}}} True"


def test_what_the_guards_are_taken_from_is_in_the_product(tmp_path):
    told = tmp_path / "guard"
    told.touch()
    todo, _, fenced = run(TAKE_GUARDS, CHAOS_WITHOUT=str(told)).partition(" ")
    assert todo == "{}", "each module was loaded, and had what is changed in it"
    for query in (pieces.BEAT, pieces.COMMIT, pieces.LET_GO):
        assert fenced in query


def test_it_is_known_of_each_guard_by_what_its_absence_is_told():
    assert set(TOLD_BY) == set(AIMS)


def test_what_guards_need_only_while_they_are_away_is_in_the_product(adapters):
    assert listener.LOST
    assert callable(checkpoints.move)
    assert checkpoints.DISPATCHER
    assert adapters.log._pool is not None
    assert find_spec("workers.dispatch")
    assert find_spec("api.cli")


def test_appends_take_turns_by_the_lock_that_is_taken_away(adapters: Adapters):
    with adapters.pool.connection() as connection:
        row = connection.execute("SELECT pg_get_functiondef('append_events'::regproc)").fetchone()
    assert row
    assert LOCK in row[0]
