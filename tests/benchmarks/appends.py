"""Appends a second by 8 writers: lock, version check, insert, project and notify, against bare inserts and commits."""

import json
import multiprocessing
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from statistics import median
from uuid import uuid4

import psycopg
from psycopg_pool import ConnectionPool

from api.migrating import migrate
from domain.adapters.postgres_log import PostgresLog
from domain.events import DownloadRequested, JobAttemptFailed, JobStarted
from domain.log import Append, Trace
from domain.stored_events import to_data
from tests.benchmarks.report import Figure, durability
from tests.servers import fresh_database, start_servers, temporary_home

WRITERS = 8
APPENDS_EACH = 200
ROUNDS = 5
TRACE = Trace("00000000-0000-4000-8000-00000000000c", "00000000-0000-4000-8000-00000000000d")

Write = Callable[[ConnectionPool, PostgresLog, int], None]

BARE = "INSERT INTO bare (stream, version, type, data, metadata) VALUES (%s, %s, %s, %s::jsonb, %s::jsonb)"


def story(number: int):
    """A download with attempts that fail: what the log of a busy service is made of."""
    source = {"kind": "HUB", "repository": f"acme/{number}", "revision": "main", "config": None, "splits": None}
    job = str(uuid4())
    yield DownloadRequested(job_id=job, source=source, name=f"acme/{number}")
    yield JobStarted(job_id=job, kind="DOWNLOAD", attempt=1)
    for fence in range(1, APPENDS_EACH - 1):
        yield JobAttemptFailed(
            job_id=job,
            piece="00000",
            fence=fence,
            code="HUB_UNAVAILABLE",
            message="The Hub does not answer: try again later.",
            lost=False,
            losses=0,
            failures=1,
            retry_in_seconds=1.0,
        )


def append(pool: ConnectionPool, log: PostgresLog, number: int) -> None:
    """Claims what it begins with, as a download does, and holds it."""
    stream = f"dataset-{uuid4()}"
    for version, event in enumerate(story(number)):
        claim = frozenset() if version else frozenset({f"asked:{stream}"})
        log.append(Append(stream=stream, expected_version=version, events=[event], trace=TRACE, claim=claim))


def insert(pool: ConnectionPool, log: PostgresLog, number: int) -> None:
    stream, metadata = f"dataset-{uuid4()}", json.dumps(TRACE.metadata())
    with pool.connection() as connection:
        for version, event in enumerate(story(number)):
            values = (stream, version, type(event).__name__, json.dumps(to_data(event)), metadata)
            connection.execute(BARE, values)
            connection.commit()


@contextmanager
def opened(url: str, writers: int) -> Iterator[tuple[ConnectionPool, PostgresLog]]:
    """A pool with a connection for each writer, and a log that appends over one of its own, as a process has them."""
    with (
        ConnectionPool(url, min_size=writers, max_size=writers) as pool,
        ConnectionPool(url, max_size=1, min_size=1, kwargs={"autocommit": True}) as one,
    ):
        pool.wait()
        yield pool, PostgresLog(pool, one)


def by_threads(pool: ConnectionPool, log: PostgresLog, write: Write) -> float:
    """Appends a second of the writers as the API has them: threads of one process."""
    with ThreadPoolExecutor(WRITERS) as threads:
        began = time.monotonic()
        list(threads.map(lambda number: write(pool, log, number), range(WRITERS)))
        return WRITERS * APPENDS_EACH / (time.monotonic() - began)


def by_processes(url: str, write: Write) -> float:
    """Appends a second of as many processes, from the first beginning to the last end."""
    with multiprocessing.get_context("spawn").Pool(WRITERS) as pool:
        spans = pool.starmap(_one_process, [(url, write)] * WRITERS, chunksize=1)
    return WRITERS * APPENDS_EACH / (max(end for _, end in spans) - min(begin for begin, _ in spans))


def _one_process(url: str, write: Write) -> tuple[float, float]:
    with opened(url, 1) as (pool, log):
        write(pool, log, 0)
        began = time.monotonic()
        write(pool, log, 0)
        return began, time.monotonic()


def run() -> list[Figure]:
    """Both sides in turn, each warm, the ratio of each pair, and the median of those."""
    with temporary_home() as home:
        servers = start_servers(home)
        try:
            url = fresh_database(servers, migrate)
            with psycopg.connect(url) as connection:
                connection.execute("CREATE TABLE bare (LIKE events INCLUDING ALL)")
            with opened(url, WRITERS) as (pool, log):
                threads = _figure(url, "threads", lambda write: by_threads(pool, log, write), ">= 0.55")
            return [threads, _figure(url, "processes", lambda write: by_processes(url, write), ">= 0")]
        finally:
            servers.stop()


def _figure(url: str, writers: str, rate: Callable[[Write], float], wanted: str) -> Figure:
    pairs = [(rate(append), rate(insert)) for _ in range(ROUNDS + 1)][1:]
    ours, bare = median(pair[0] for pair in pairs), median(pair[1] for pair in pairs)
    detail = f"{ours:,.0f} against {bare:,.0f} a second, {durability(url)}"
    return Figure(f"appends by {WRITERS} {writers}, of bare inserts", median(a / b for a, b in pairs), wanted, detail)


if __name__ == "__main__":
    for figure in run():
        print(figure)
