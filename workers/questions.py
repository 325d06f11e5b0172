"""`python -m workers.questions`: answers what the API asks, on a queue of its own that no job can block.

This process is light; its warm children have the heavy libraries loaded. Nothing that it does is kept.
"""

import os

# read by dramatiq when it is imported: no more is taken from Redis than is begun at once
os.environ["dramatiq_queue_prefetch"] = "2"  # noqa: SIM112  the name that dramatiq reads

import signal
import threading
import traceback
from collections.abc import Mapping
from types import FrameType
from typing import Any

import dramatiq
from dramatiq import Worker as Consumers
from dramatiq.brokers.redis import RedisBroker
from dramatiq.results.backends import RedisBackend

from domain.adapters import Adapters
from domain.adapters.questions import QUEUE, Answer, open_broker, open_client
from workers.answering import READY, Answering, internal
from workers.beginning import begin
from workers.child import Child
from workers.kept_loops import keep_loops

AT_ONCE = int(os.environ["dramatiq_queue_prefetch"])  # noqa: SIM112  the name that dramatiq reads
# The questions, and where their answers are found; also the names of the actors.
FUNCTIONS: Mapping[str, str] = {
    "hub_dataset": "workers.hub_dataset",
    "sample_tokens": "workers.sample_tokens",
    "token_plan": "workers.token_plan",
}
WARM = ("workers.compiled", "workers.hub_dataset", "workers.sample_tokens", "workers.token_plan", "transformers")
# Workers, their children and the API begin first: a start does not take all cores. A question begins at once.
WARM_AFTER_SECONDS = 10.0
POLL_MILLISECONDS = 100
# A person waits for an answer: it goes before the jobs, which have the cores at each start, and behind the API.
NICENESS = 1


def declare_question(broker: RedisBroker, name: str, answering: Answering) -> None:
    """An actor whose result is the answer."""

    def act(question: str, asked: Mapping[str, Any]) -> Answer | None:
        try:
            return answering.answer(name, question, asked)
        except Exception:  # noqa: BLE001  the shell of the actor: who asked is told at once, and the log has the trace
            return internal(name, traceback.format_exc())

    dramatiq.actor(actor_name=name, queue_name=QUEUE, broker=broker, store_results=True)(act)


def run(adapters: Adapters) -> None:
    """Answer until SIGTERM or SIGINT."""
    assert adapters.settings.redis_url
    stop = threading.Event()

    def note(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    signal.signal(signal.SIGTERM, note)
    signal.signal(signal.SIGINT, note)
    client = open_client(adapters.settings.redis_url)
    broker = open_broker(client, RedisBackend(client=client))
    children = [Child({**FUNCTIONS, **READY}, WARM, NICENESS) for _ in range(AT_ONCE)]
    answering = Answering(client, adapters.secrets, children, adapters.settings.home / "questions")
    for name in FUNCTIONS:
        declare_question(broker, name, answering)
    consumers = Consumers(broker, worker_threads=AT_ONCE, worker_timeout=POLL_MILLISECONDS)
    consumers.start()
    if not stop.wait(WARM_AFTER_SECONDS):
        answering.warm_up()
        stop.wait()
    answering.stop()
    consumers.stop()
    for child in children:
        child.close()


def main() -> None:
    """The one process that answers, with the servers that the environment names."""
    with begin("questions", connections=AT_ONCE) as adapters:
        keep_loops(adapters.settings.home)
        run(adapters)


if __name__ == "__main__":
    main()
