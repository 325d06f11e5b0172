"""The Dramatiq broker: messages on Redis that may be lost at any moment. Retries are decided in the domain."""

from collections.abc import Mapping

import dramatiq
from dramatiq.brokers.redis import RedisBroker
from dramatiq.middleware import TimeLimit

from domain.adapters.queues import CORES, DOWNLOADS, HOUSEKEEPING

QUEUES: Mapping[str, str] = {
    "download_dataset": DOWNLOADS,
    "import_dataset": DOWNLOADS,
    "ingest_dataset": CORES,
    "index_dataset": CORES,
    "tokenize_dataset": CORES,
    "export_tokenization": CORES,
    "clean_run": HOUSEKEEPING,
    "purge_dataset": HOUSEKEEPING,
}

# Far above any job: liveness is "no step for STUCK_AFTER_SECONDS", watched by the holder of the lease.
TIME_LIMIT_MILLISECONDS = 30 * 24 * 3600 * 1000

# Tells that Redis was emptied: it is gone then.
MARKER = "mistudio:dispatcher"


def open_broker(redis_url: str) -> RedisBroker:
    """A broker that retries nothing: the middleware that would is left out."""
    broker = RedisBroker(url=redis_url, middleware=[TimeLimit()])  # type: ignore[no-untyped-call]  # dramatiq's own
    for queue in sorted(set(QUEUES.values())):
        broker.declare_queue(queue)
    return broker


def send(
    broker: RedisBroker, actor: str, dataset_id: str, job_id: str, piece: str, correlation_id: str | None = None
) -> None:
    """Put one piece on its queue; who does it logs under the story of its job."""
    message: dramatiq.Message[None] = dramatiq.Message(
        queue_name=QUEUES[actor],
        actor_name=actor,
        args=(),
        kwargs={"dataset_id": dataset_id, "job_id": job_id, "piece": piece, "correlation_id": correlation_id},
        options={},
    )
    broker.enqueue(message)


def was_emptied(broker: RedisBroker) -> bool:
    """Whether the messages sent so far are gone; true once after Redis was emptied or replaced."""
    return bool(broker.client.set(MARKER, "1", nx=True))
