"""`python -m workers`: one worker process. It takes one piece of each queue at a time, each with a child of its own."""

import os

# read by dramatiq when it is imported: a message waits in Redis until this process can begin it
os.environ["dramatiq_queue_prefetch"] = "1"  # noqa: SIM112  the name that dramatiq reads

import signal
import socket
import threading
from types import FrameType
from uuid import uuid4

import dramatiq
from dramatiq import Worker as Consumers
from dramatiq.brokers.redis import RedisBroker

from domain.adapters import Adapters
from domain.adapters.logs import correlated
from domain.adapters.queues import CORES, DOWNLOADS, HOUSEKEEPING
from workers.actors import Worker
from workers.beginning import begin
from workers.broker import QUEUES, TIME_LIMIT_MILLISECONDS, open_broker
from workers.child import Child
from workers.download_run import DOWNLOAD
from workers.export_run import EXPORT
from workers.import_run import IMPORT
from workers.index_run import INDEX
from workers.ingest_run import INGEST
from workers.kept_loops import keep_loops
from workers.purge_run import PURGE
from workers.runs import Run
from workers.tokenize_run import TOKENIZE

RUNS: dict[str, Run] = {
    "download_dataset": DOWNLOAD,
    "import_dataset": IMPORT,
    "ingest_dataset": INGEST,
    "index_dataset": INDEX,
    "tokenize_dataset": TOKENIZE,
    "export_tokenization": EXPORT,
    "purge_dataset": PURGE,
}
# What the child of each queue loads before it is asked.
WARM: dict[str, tuple[str, ...]] = {
    DOWNLOADS: ("workers.downloading",),
    CORES: (
        "workers.compiled",
        "workers.ingesting",
        "workers.indexing",
        "workers.index_part",
        "workers.tokenizing",
        "workers.token_folder",
        "datasets",
        "transformers",
    ),
    HOUSEKEEPING: (),
}
# One warm-up after the other, so that a start does not take all cores.
SECOND_CHILD_AFTER_SECONDS = 5.0


def declare_actors(broker: RedisBroker, worker: Worker, children: dict[str, Child]) -> None:
    """One actor for each kind of run, and one that cleans up after them; none retries by itself."""
    for name, queue in QUEUES.items():
        declare_actor(broker, worker, name, children[queue])


def declare_actor(broker: RedisBroker, worker: Worker, name: str, child: Child) -> None:
    """An actor is a name, a queue and the worker's `perform`."""

    def act(dataset_id: str, job_id: str, piece: str, correlation_id: str | None = None) -> None:
        with correlated(correlation_id):
            worker.perform(name, child, job_id, piece)

    as_actor = dramatiq.actor(
        actor_name=name,
        queue_name=QUEUES[name],
        broker=broker,
        time_limit=TIME_LIMIT_MILLISECONDS,
    )
    as_actor(act)


def run(adapters: Adapters, broker: RedisBroker) -> None:
    """Work until SIGTERM or SIGINT; what is in hand then is given back."""
    stop = threading.Event()

    def note(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    signal.signal(signal.SIGTERM, note)
    signal.signal(signal.SIGINT, note)
    children = {queue: Child(warm=warm) for queue, warm in WARM.items()}
    worker = Worker(adapters, RUNS, f"{socket.gethostname()}-{os.getpid()}-{uuid4().hex[:6]}")
    declare_actors(broker, worker, children)
    # a thread for each queue: no download keeps a tokenization waiting
    consumers = Consumers(broker, worker_threads=len(children), worker_timeout=200)
    consumers.start()
    children[DOWNLOADS].start()
    if not stop.wait(SECOND_CHILD_AFTER_SECONDS):
        children[CORES].start()
        stop.wait()
    worker.stop()
    consumers.stop()
    for child in children.values():
        child.close()


def main() -> None:
    """One worker process, with the servers that the environment names."""
    with begin("worker", connections=6) as adapters:
        settings = adapters.settings
        assert settings.redis_url
        # the children of all workers together have as many tokenizer threads as there are cores
        threads = str(max(1, len(os.sched_getaffinity(0)) // settings.workers))
        os.environ.setdefault("RAYON_NUM_THREADS", threads)
        os.environ.setdefault("MALLOC_ARENA_MAX", threads)  # a thread's own heap is kept when the thread has ended
        keep_loops(settings.home)
        run(adapters, open_broker(settings.redis_url))


if __name__ == "__main__":
    main()
