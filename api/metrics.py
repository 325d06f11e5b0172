"""`/metrics`: what Prometheus is told. This process counts, and the servers and the storage are asked."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

import psycopg
import psycopg_pool
import redis
import sqlalchemy.exc
from prometheus_client import CollectorRegistry, Metric, ProcessCollector
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector
from starlette.requests import Request
from starlette.responses import Response

from api.context import Shared
from domain.adapters.measures import DiskMeasures, LogMeasures, measure_disk, measure_log, measure_queues
from domain.adapters.questions import open_client

AWAY = (psycopg.OperationalError, psycopg_pool.PoolTimeout, sqlalchemy.exc.OperationalError, redis.RedisError)

R = TypeVar("R")


@dataclass(frozen=True, eq=False)
class Asked(Collector):
    """What was asked for this answer alone."""

    families: Sequence[Metric]

    def collect(self) -> Iterable[Metric]:
        return self.families


async def serve_metrics(request: Request) -> Response:
    """The text that Prometheus reads; a server that is away is told as such, and the rest all the same."""
    shared: Shared = request.state.shared
    newest, subscribers = shared.feed.newest, shared.feed.subscribers
    encode, media = choose_encoder(request.headers.get("accept", ""))
    body = await shared.threads.run(_told, shared, newest, subscribers, encode)
    return Response(body, media_type=None, headers={"Content-Type": media})


def _told(shared: Shared, heard: int, subscribers: int, encode: Callable[[CollectorRegistry], bytes]) -> bytes:
    log = _unless_away(lambda: measure_log(shared.adapters))
    disk = _unless_away(lambda: measure_disk(shared.adapters)) if log else None
    queues = _unless_away(lambda: _queues(shared))
    families = [
        _gauges("mistudio_server_up", "Whether a server answers.", ("server",), _up(log=log, queues=queues)),
        _gauge("mistudio_subscribers", "Subscriptions that clients have open.", subscribers),
        *(_of_log(log, heard) if log else ()),
        *(_of_disk(disk) if disk else ()),
        *(_of_queues(queues) if queues is not None else ()),
    ]
    registry = CollectorRegistry()
    for collector in (*shared.tally.collectors, Asked(families)):
        registry.register(collector)
    ProcessCollector(registry=registry)
    return encode(registry)


def _unless_away(ask: Callable[[], R]) -> R | None:
    try:
        return ask()
    except AWAY:
        return None


def _queues(shared: Shared) -> dict[str, int]:
    assert shared.adapters.settings.redis_url, "the caller names the server"
    client = open_client(shared.adapters.settings.redis_url)
    try:
        return measure_queues(client)
    finally:
        client.close()


def _up(log: LogMeasures | None, queues: Mapping[str, int] | None) -> list[tuple[Sequence[str], float]]:
    return [(("postgres",), log is not None), (("redis",), queues is not None)]


def _of_log(log: LogMeasures, heard: int) -> list[Metric]:
    return [
        _gauge("mistudio_log_position", "The position of the newest event.", log.newest),
        _gauge(
            "mistudio_projection_lag_events", "Of the 100 newest events those that no read model shows.", log.unshown
        ),
        _gauge("mistudio_dispatch_lag_events", "Events that the dispatcher has yet to react to.", log.undispatched),
        _gauge("mistudio_dispatch_lag_seconds", "The age of the oldest of those.", log.undispatched_seconds),
        _gauge(
            "mistudio_feed_lag_events", "Events that subscribers here have yet to hear of.", max(0, log.newest - heard)
        ),
        _gauges("mistudio_jobs_open", "Jobs that are not over.", ("kind", "status"), log.jobs.items()),
        _gauges("mistudio_pieces_open", "Pieces of jobs that are not done.", ("actor", "state"), log.pieces.items()),
        _gauge("mistudio_tokens_per_second", "Tokens of the last 30 s, while they are made.", log.tokens_a_second),
    ]


def _of_disk(disk: DiskMeasures) -> list[Metric]:
    used = [((kind,), bytes_) for kind, bytes_ in disk.used.items()]
    return [
        _gauge("mistudio_storage_disk_bytes", "The size of the storage's disk.", disk.disk),
        _gauge("mistudio_storage_free_bytes", "What may still be asked for.", disk.free),
        _gauge("mistudio_storage_reserved_bytes", "What jobs and uploads were promised.", disk.reserved),
        _gauges("mistudio_storage_used_bytes", "What is stored, by kind.", ("kind",), used),
    ]


def _of_queues(queues: Mapping[str, int]) -> list[Metric]:
    waiting = [((queue,), count) for queue, count in queues.items()]
    return [_gauges("mistudio_queue_messages", "Messages that wait in Redis.", ("queue",), waiting)]


def _gauge(name: str, meaning: str, value: float) -> Metric:
    return GaugeMetricFamily(name, meaning, value=value)


def _gauges(name: str, meaning: str, labels: Sequence[str], values: Iterable[tuple[Sequence[str], float]]) -> Metric:
    family = GaugeMetricFamily(name, meaning, labels=labels)
    for label_values, value in values:
        family.add_metric(label_values, value)
    return family
