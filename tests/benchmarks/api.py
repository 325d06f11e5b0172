"""The API: pages a second against two twins, and how long an event takes to its subscribers."""

import asyncio
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from statistics import median
from uuid import uuid4

import httpx
import psycopg

from api.ids import global_id
from api.migrating import migrate
from domain.adapters import Adapters, open_adapters
from domain.adapters.settings import read_settings
from domain.dataset import stream_of
from domain.events import JobStarted
from domain.log import Append, Trace
from tests.api.cut import CutFollower
from tests.api.stories import Story, begin
from tests.benchmarks.api_load import Load, Subscribers, percentile, requests
from tests.benchmarks.report import Figure, durability
from tests.servers import Servers, fresh_database, start_servers, temporary_home

DATASETS = 10_000
CONNECTIONS = 8
ROUNDS = 3
ROUND_SECONDS = 2.5
KINDS = ("served", "memory", "untuned")
PAGE = """{ datasets(first: 20) { nodes {
  id name status version createdAt updatedAt sizeBytes rowCount tags textColumn } } }"""
FILL = """
INSERT INTO datasets (id, version, position, status, name, source, commit, tags, text_column, size_bytes, row_count,
    splits, columns, folder, created_at, updated_at, last_used_at)
SELECT gen_random_uuid(), 6, n, 'READY', 'acme/english-' || n, '{"kind": "HUB", "repository": "acme/english",
    "revision": "main", "config": null, "splits": null}', md5(n::text), ARRAY['english', 'text'], 'text', n * 1000, n,
    '[{"name": "train", "rowCount": 7, "sizeBytes": 100}]', '[{"name": "text", "type": "string", "isText": true}]',
    'datasets/' || n, now(), now(), now() - n * interval '1 s'
FROM generate_series(1, %s) n
"""

SUBSCRIBERS = 200
EVENTS = 500
EVENTS_A_SECOND = 100
ONE = "subscription ($id: ID!) { datasetChanged(id: $id) { version status updatedAt } }"
ALL = "subscription ($after: Position) { events(after: $after) { cursor events { position type recordedAt } } }"

CUTS = 1_000
HISTORY = """
INSERT INTO events (stream, version, type, data, metadata)
SELECT 'dataset-' || gen_random_uuid(), 1, type, data, metadata FROM events, generate_series(1, %s)
WHERE position = (SELECT min(position) FROM events)
"""


@contextmanager
def process(kind: str, environment: dict[str, str]) -> Iterator[int]:
    """The port of an API process."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "tests.benchmarks.api_twins", kind, str(port)]
    running = subprocess.Popen(command, env={**os.environ, **environment})
    try:
        wait_for(port)
        yield port
    finally:
        running.terminate()
        running.wait(10)


def wait_for(port: int) -> None:
    for _ in range(300):
        try:
            httpx.post(f"http://127.0.0.1:{port}/graphql", json={"query": "{ position }"}).raise_for_status()
        except httpx.TransportError:
            time.sleep(0.1)
        else:
            return
    raise TimeoutError(port)


def pages(url: str, environment: dict[str, str]) -> list[Figure]:
    """All three in turn, each warm, and the medians of the rounds."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(FILL, (DATASETS,))
        connection.execute("VACUUM ANALYZE datasets")
    found: dict[str, list[Load]] = {kind: [] for kind in KINDS}
    with (
        process("served", environment) as served,
        process("memory", environment) as memory,
        process("untuned", environment) as untuned,
    ):
        for _ in range(ROUNDS + 1):
            for kind, port in zip(KINDS, (served, memory, untuned), strict=True):
                found[kind].append(asyncio.run(requests(port, PAGE, CONNECTIONS, ROUND_SECONDS)))
    rates = {kind: median(load.rate for load in loads[1:]) for kind, loads in found.items()}
    p95 = {kind: median(load.p95 for load in loads[1:]) for kind, loads in found.items()}
    detail = ", ".join(f"{kind} {rates[kind]:,.0f} a second, p95 {p95[kind] * 1000:.1f} ms" for kind in KINDS)
    told = f"20 of {DATASETS:,}, 10 fields, {CONNECTIONS} connections: {detail}"
    return [
        Figure("pages a second, of the same over a list", rates["served"] / rates["memory"], ">= 0.6", told),
        Figure("pages a second, of an untuned GraphQL(schema)", rates["served"] / rates["untuned"], ">= 2", "as above"),
        Figure("p95 of a page, of the same over a list", p95["served"] / p95["memory"], "<= 2", "as above"),
    ]


def write(url: str, home: str, streams: Sequence[tuple[str, str]]) -> None:
    """Events at a steady rate over the datasets (id, job), in a process of its own."""
    adapters = open_adapters(replace(read_settings({"MISTUDIO_HOME": home}), database_url=url), 2)
    began = time.monotonic()
    for number in range(EVENTS):
        dataset_id, job = streams[number % len(streams)]
        event = JobStarted(job_id=job, kind="DOWNLOAD", attempt=1)
        version, trace = 1 + number // len(streams), Trace(str(uuid4()), str(uuid4()))
        adapters.log.append(Append(stream_of(dataset_id), version, [event], trace))
        time.sleep(max(0, began + (number + 1) / EVENTS_A_SECOND - time.monotonic()))
    adapters.close()


async def delays(subscribers: Subscribers, given: Sequence[dict[str, object]], writer: Sequence[str]) -> list[float]:
    """What the subscribers measure while the events are written."""
    for variables in given:
        await subscribers.add(**variables)
    running = await asyncio.create_subprocess_exec(sys.executable, "-m", "tests.benchmarks.api", *writer)
    assert await running.wait() == 0
    await asyncio.sleep(1)
    await subscribers.close()
    return subscribers.delays


def events(url: str, environment: dict[str, str], adapters: Adapters) -> list[Figure]:
    figures = []
    with process("served", environment) as port:
        for name, document, wanted in (("one dataset each", ONE, 0.05), ("all events, alike", ALL, 0.25)):
            stories = [begin(adapters) for _ in range(SUBSCRIBERS)]
            after = httpx.post(f"http://127.0.0.1:{port}/graphql", json={"query": "{ position }"}).json()
            is_one = document is ONE
            given: list[dict[str, object]] = [
                {"id": global_id("Dataset", story.id)} if is_one else {"after": after["data"]["position"]}
                for story in stories
            ]
            subscribers = Subscribers(port, document, dates_of_one if is_one else dates_of_all)
            told = asyncio.run(delays(subscribers, given, writer(url, environment, stories)))
            expected = EVENTS if is_one else EVENTS * SUBSCRIBERS
            assert len(told) == expected, (len(told), expected)
            detail = f"{SUBSCRIBERS} subscribers, {EVENTS_A_SECOND} events a second, from record to receipt; median "
            detail += f"{percentile(told, 0.5) * 1000:.0f} ms; {durability(url)}"
            figure = f"event to subscriber of {name}, p99, s"
            figures.append(Figure(figure, percentile(told, 0.99), f"<= {wanted}", detail))
    return figures


def dates_of_one(payload: dict) -> list[str]:
    return [payload["data"]["datasetChanged"]["updatedAt"]]


def dates_of_all(payload: dict) -> list[str]:
    return [event["recordedAt"] for event in payload["data"]["events"]["events"]]


def writer(url: str, environment: dict[str, str], stories: Sequence[Story]) -> list[str]:
    return [url, environment["MISTUDIO_HOME"], *(f"{story.id}/{story.job}" for story in stories)]


def cuts(environment: dict[str, str], adapters: Adapters) -> Figure:
    """One follower of everything, cut again and again while writers run."""
    with adapters.pool.connection() as connection:
        connection.execute(HISTORY, (100 * CUTS,))
    stopping = threading.Event()

    def write_on() -> None:
        while not stopping.wait(0.005):
            begin(adapters)

    threads = [threading.Thread(target=write_on) for _ in range(2)]
    for thread in threads:
        thread.start()
    with process("served", environment) as port:
        follower = CutFollower(port, seed=1)
        for _ in range(CUTS):
            follower.follow_to_a_cut()
        stopping.set()
        for thread in threads:
            thread.join()
        with adapters.pool.connection() as connection:
            told = [row[0] for row in connection.execute("SELECT position FROM events ORDER BY position")]
        follower.follow_to(told[-1])
    lost, twice = len(set(told) - set(follower.seen)), len(follower.seen) - len(set(follower.seen))
    detail = f"{CUTS:,} cuts ({follower.cuts}), {len(told):,} events: {lost} lost, {twice} twice"
    return Figure("events lost or told twice by cuts", lost + twice, "<= 0", detail)


def measured(servers: Servers, home: str) -> list[Figure]:
    figures: list[Figure] = []
    for measure in (pages, subscribed):
        url = fresh_database(servers, migrate)
        environment = {
            "MISTUDIO_DATABASE_URL": url,
            "MISTUDIO_REDIS_URL": servers.redis_url,
            "MISTUDIO_HOME": home,
        }
        figures += measure(url, environment)
    return figures


def subscribed(url: str, environment: dict[str, str]) -> list[Figure]:
    settings = replace(read_settings({"MISTUDIO_HOME": environment["MISTUDIO_HOME"]}), database_url=url)
    adapters = open_adapters(settings)
    try:
        return [*events(url, environment, adapters), cuts(environment, adapters)]
    finally:
        adapters.close()


def run() -> list[Figure]:
    with temporary_home() as home:
        servers = start_servers(home)
        try:
            return measured(servers, str(home / "api"))
        finally:
            servers.stop()


if __name__ == "__main__":
    if len(sys.argv) > 1:
        url_, home_, *streams_ = sys.argv[1:]
        write(url_, home_, [(pair.partition("/")[0], pair.partition("/")[2]) for pair in streams_])
    else:
        for figure in run():
            print(figure, flush=True)
