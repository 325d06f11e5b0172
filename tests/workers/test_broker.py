"""Dramatiq carries messages and decides nothing: no retries, no prefetch, no time limit that a job could reach."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from domain.adapters import Adapters
from workers.__main__ import RUNS, WARM, declare_actors
from workers.actors import Worker
from workers.broker import QUEUES, open_broker
from workers.child import Child

PROJECT = Path(__file__).parents[2]
A_WEEK = 7 * 24 * 3600 * 1000

# In a process of its own, which has no other children.
LOOK = """
import json, time
import workers.__main__
import dramatiq.worker
from pathlib import Path
child = workers.__main__.Child()
child.start()
pids = [pid for task in Path("/proc/self/task").iterdir() for pid in (task / "children").read_text().split()]
while not all(lines := [Path("/proc", pid, "cmdline").read_text() for pid in pids]):
    time.sleep(0.01)  # the kernel has not noted the words of a program that begins
programs = [line.split(chr(0))[:3] for line in lines]
child.close()
print(json.dumps({"prefetch": dramatiq.worker.QUEUE_PREFETCH, "programs": programs}))
"""


@pytest.fixture(scope="module")
def told() -> dict[str, object]:
    looked = subprocess.run([sys.executable, "-c", LOOK], cwd=PROJECT, capture_output=True, text=True, check=False)
    assert looked.returncode == 0, looked.stderr
    found: dict[str, object] = json.loads(looked.stdout)
    return found


def test_the_broker_retries_nothing(redis_url: str) -> None:
    broker = open_broker(redis_url)

    assert [type(part).__name__ for part in broker.middleware] == ["TimeLimit"]
    broker.close()


def test_every_actor_states_a_time_limit_far_above_any_job(adapters: Adapters) -> None:
    assert adapters.settings.redis_url is not None
    broker = open_broker(adapters.settings.redis_url)

    declare_actors(broker, Worker(adapters, RUNS, "here"), {queue: Child() for queue in WARM})

    assert set(broker.actors) == set(QUEUES)
    assert all(actor.options["time_limit"] > A_WEEK for actor in broker.actors.values())
    broker.close()


def test_a_worker_prefetches_one_message(told: dict[str, object]) -> None:
    assert told["prefetch"] == 1


def test_a_child_is_a_program_of_its_own_and_no_fork_of_the_worker(told: dict[str, object]) -> None:
    assert told["programs"] == [[sys.executable, "-m", "workers.child"]]
    rooms = [path for room in ("api", "domain", "workers") for path in (PROJECT / room).rglob("*.py")]
    assert [path for path in rooms if re.search(r"os\.fork|multiprocessing", path.read_text())] == []
