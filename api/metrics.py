"""`/metrics`: what Prometheus is told. This process counts, and the servers and the storage are asked."""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

import redis
from prometheus_client import CollectorRegistry, Metric, ProcessCollector
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector
from starlette.requests import Request
from starlette.responses import Response

from api.context import Shared
from domain.adapters import Adapters
from domain.adapters.away import DATABASE_AWAY
from domain.adapters.measures import (
    DiskMeasures,
    LogMeasures,
    StorageMeasures,
    measure_disk,
    measure_log,
    measure_queues,
    measure_storage,
)
from domain.adapters.questions import open_client

# Prometheus waits for 10 s, unless it is told otherwise.
ASKED_SECONDS = 5.0
SERVERS_AWAY = (*DATABASE_AWAY, OSError, redis.RedisError)

R = TypeVar("R")


@dataclass(frozen=True, eq=False)
class Asked(Collector):
    """What was asked for this answer alone."""

    families: Sequence[Metric]

    def collect(self) -> Iterable[Metric]:
        return self.families


@dataclass(frozen=True, slots=True)
class Found:
    """What is told of this moment; None: of whom there was no answer in time."""

    heard: int
    subscribers: int
    postgres: tuple[LogMeasures, StorageMeasures] | None
    queues: Mapping[str, int] | None
    disk: DiskMeasures | None


async def serve_metrics(request: Request) -> Response:
    """The text that Prometheus reads; a server that is away, or hangs, is told as such, and the rest all the same."""
    shared: Shared = request.state.shared
    heard, subscribers = shared.feed.newest, shared.feed.subscribers
    asked = (_in_time(shared, _ask_postgres), _in_time(shared, _ask_redis), _in_time(shared, measure_disk))
    found = Found(heard, subscribers, *await asyncio.gather(*asked))
    encode, media = choose_encoder(request.headers.get("accept", ""))
    body = await shared.threads.run(_told, shared, found, encode)
    return Response(body, media_type=None, headers={"Content-Type": media})


async def _in_time(shared: Shared, ask: Callable[[Adapters], R]) -> R | None:
    """The answer, None where there is none in time. However often a server that hangs is asked, one thread waits."""
    try:
        async with asyncio.timeout(ASKED_SECONDS):
            return await shared.threads.run_once(ask, shared.adapters)
    except SERVERS_AWAY:
        return None


def _ask_postgres(adapters: Adapters) -> tuple[LogMeasures, StorageMeasures]:
    return measure_log(adapters), measure_storage(adapters)


def _ask_redis(adapters: Adapters) -> dict[str, int]:
    assert adapters.settings.redis_url, "the caller names the server"
    client = open_client(adapters.settings.redis_url)
    try:
        return measure_queues(client)
    finally:
        client.close()


def _told(shared: Shared, found: Found, encode: Callable[[CollectorRegistry], bytes]) -> bytes:
    families = [
        _gauges("mistudio_server_up", "Whether a server answers.", ("server",), _up(found)),
        _gauge("mistudio_subscribers", "Subscriptions that clients have open.", found.subscribers),
        *(_of_postgres(*found.postgres, found.heard) if found.postgres else ()),
        *(_of_disk(found.disk) if found.disk else ()),
        *(_of_queues(found.queues) if found.queues is not None else ()),
    ]
    registry = CollectorRegistry()
    for collector in (*shared.tally.collectors, Asked(families)):
        registry.register(collector)
    ProcessCollector(registry=registry)
    return encode(registry)


def _up(found: Found) -> list[tuple[Sequence[str], float]]:
    return [(("postgres",), found.postgres is not None), (("redis",), found.queues is not None)]


def _of_postgres(log: LogMeasures, storage: StorageMeasures, heard: int) -> list[Metric]:
    return [*_of_log(log, heard), *_of_storage(storage)]


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


def _of_storage(storage: StorageMeasures) -> list[Metric]:
    used = [((kind,), bytes_) for kind, bytes_ in storage.used.items()]
    return [
        _gauge("mistudio_storage_free_bytes", "What may still be asked for.", storage.free),
        _gauge("mistudio_storage_reserved_bytes", "What jobs and uploads were promised.", storage.reserved),
        _gauges("mistudio_storage_used_bytes", "What is stored, by kind.", ("kind",), used),
    ]


def _of_disk(disk: DiskMeasures) -> list[Metric]:
    return [
        _gauge("mistudio_storage_disk_bytes", "The size of the storage's disk.", disk.total),
        _gauge("mistudio_storage_disk_free_bytes", "What that has free, whoever uses it.", disk.free),
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
