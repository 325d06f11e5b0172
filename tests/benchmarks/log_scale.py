"""What a log of a million events costs beside one of ten thousand: appends, dispatch, reading on, the list."""

import asyncio
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from statistics import median

import httpx
import psycopg

from api.ids import global_id
from api.migrating import migrate
from api.positions import position_of
from domain.adapters import Adapters, checkpoints, open_adapters
from domain.adapters.settings import read_settings
from domain.dataset import dataset_id_of
from tests.api.stories import begin
from tests.benchmarks import appends
from tests.benchmarks.api import ALL, FILL, dates_of_all, delays, process, writer
from tests.benchmarks.api_load import Subscribers, percentile
from tests.benchmarks.rebuild import write_log
from tests.benchmarks.report import Figure, durability, server_milliseconds
from tests.servers import Servers, fresh_database, start_servers, temporary_home
from workers.broker import open_broker
from workers.dispatch import Dispatcher

SMALL, LARGE = 10_000, 1_000_000
WRITTEN = 20_000  # by COPY; the rest are the same stories of other datasets, so that it does not take minutes
DATASETS = 10_000
ROUNDS = 5
DISPATCHED = 150
ASKED = 60
SUBSCRIBERS = 50
MORE = """
INSERT INTO events (stream, version, type, data, metadata, recorded_at)
SELECT 'dataset-' || md5(stream || n)::uuid, version, type, data, metadata, recorded_at
FROM generate_series(1, %s) n, events WHERE position <= %s ORDER BY n, position
"""
CLAIMS = """
INSERT INTO claims SELECT kind || md5(stream) || md5(kind || stream), stream
FROM events, unnest(ARRAY['asked:', 'pinned:']) kind WHERE version = 1
"""
EVENTS = """query ($after: Position, $filter: EventFilter) {
  events(after: $after, filter: $filter, first: 100) { cursor events { position type recordedAt } } }"""
LIST = "{ datasets(first: 20) { totalCount nodes { id name status version updatedAt sizeBytes rowCount } } }"


@dataclass(frozen=True)
class Side:
    """One of the two logs: its database, its parts, and its API."""

    url: str
    adapters: Adapters
    home: str
    port: int

    def milliseconds(self, document: str, **variables: object) -> float:
        """Of the server, for one answer."""
        body = {"query": document, "variables": variables}
        answer = httpx.post(f"http://127.0.0.1:{self.port}/graphql", json=body, timeout=60)
        assert "errors" not in answer.json(), answer.json()
        return server_milliseconds(answer)

    def place(self, behind: int) -> str:
        """A position that lies so many events behind the newest."""
        log = self.adapters.log
        return str(position_of(log.identity(), max(0, log.newest() - behind)))


def fill(url: str, events: int) -> None:
    """A log of so many events of real stories, with what they claim, and as many datasets as ever in the list."""
    write_log(url, min(events, WRITTEN))
    with psycopg.connect(url, autocommit=True) as connection:
        if events > WRITTEN:
            connection.execute(MORE, (events // WRITTEN - 1, WRITTEN))
        connection.execute(CLAIMS)
        connection.execute(FILL, (DATASETS,))
        connection.execute("VACUUM ANALYZE")


def appended(side: Side) -> float:
    """Appends a second."""
    with appends.opened(side.url, appends.WRITERS) as (pool, log):
        return appends.by_threads(pool, log, appends.append)


def dispatched(side: Side) -> float:
    """Events a second, from the log to messages in Redis."""
    checkpoints.move(side.adapters.pool, checkpoints.DISPATCHER, side.adapters.log.newest())
    for _ in range(DISPATCHED):
        begin(side.adapters)
    assert side.adapters.settings.redis_url
    dispatcher = Dispatcher(side.adapters, open_broker(side.adapters.settings.redis_url))
    began = time.perf_counter()
    assert dispatcher.tick()
    seconds = time.perf_counter() - began
    dispatcher.resign()
    return DISPATCHED / seconds


def told(side: Side) -> float:
    """Seconds from an event's record to its subscribers, the 95th percentile."""
    stories = [begin(side.adapters) for _ in range(SUBSCRIBERS)]
    subscribers = Subscribers(side.port, ALL, dates_of_all)
    given: list[dict[str, object]] = [{"after": side.place(0)}] * SUBSCRIBERS
    seen = asyncio.run(delays(subscribers, given, writer(side.url, {"MISTUDIO_HOME": side.home}, stories)))
    return percentile(seen, 0.95)


def asked(document: str, variables: Callable[[Side], Mapping[str, object]]) -> Callable[[Side], float]:
    """Milliseconds of the server, the median: what is compared is the work, and not the neighbours."""

    def measure(side: Side) -> float:
        given = variables(side)
        return median(side.milliseconds(document, **given) for _ in range(ASKED))

    return measure


def one_dataset(side: Side) -> Mapping[str, object]:
    """The history of a dataset in the middle of the log."""
    [recorded] = side.adapters.log.after(side.adapters.log.newest() // 2, 1)
    return {"after": "0", "filter": {"datasetId": global_id("Dataset", dataset_id_of(recorded.stream))}}


SLOWED: dict[str, Callable[[Side], float]] = {
    "100 events from the middle on": asked(EVENTS, lambda side: {"after": side.place(side.adapters.log.newest() // 2)}),
    "the newest 100 events": asked(EVENTS, lambda side: {"after": side.place(100)}),
    "the history of one dataset": asked(EVENTS, one_dataset),
    "a page of the list": asked(LIST, lambda _side: {}),
}


def compared(name: str, measure: Callable[[Side], float], small: Side, large: Side, unit: str) -> tuple[float, str]:
    """Both sides in turn, each warm: the median of the ratios large to small, and what was measured."""
    pairs = [(measure(small), measure(large)) for _ in range(ROUNDS + 1)][1:]
    ours = " against ".join(f"{median(side):,.4g}" for side in zip(*[(b, a) for a, b in pairs], strict=True))
    return median(b / a for a, b in pairs), f"{name}: {ours} {unit}"


def figures(small: Side, large: Side) -> Iterator[Figure]:
    log = f"{LARGE:,} events, of {SMALL:,}"
    for name, measure in (("appends", appended), ("dispatch", dispatched)):
        ratio, detail = compared(name, measure, small, large, "a second")
        yield Figure(f"{name} a second with {log}", ratio, ">= 0.9", f"{detail}; {durability(large.url)}")
    for name, measure in SLOWED.items():
        ratio, detail = compared(name, measure, small, large, "ms of the server")
        yield Figure(f"{name}, ms, with {log}", ratio, "<= 1.25", detail)
    ratio, detail = compared("p95", told, small, large, f"s, {SUBSCRIBERS} subscribers")
    yield Figure(f"event to subscriber with {log}", ratio, "<= 1.25", detail)


def opened(servers: Servers, home: str, events: int, stack: ExitStack) -> Side:
    url = fresh_database(servers, migrate)
    fill(url, events)
    settings = read_settings({"MISTUDIO_HOME": home})
    adapters = open_adapters(replace(settings, database_url=url, redis_url=servers.redis_url))
    stack.callback(adapters.close)
    environment = {"MISTUDIO_DATABASE_URL": url, "MISTUDIO_REDIS_URL": servers.redis_url, "MISTUDIO_HOME": home}
    return Side(url, adapters, home, stack.enter_context(process("served", environment)))


def run() -> Iterator[Figure]:
    with temporary_home() as home, ExitStack() as stack:
        servers = start_servers(home)
        stack.callback(servers.stop)
        small = opened(servers, str(home / "small"), SMALL, stack)
        yield from figures(small, opened(servers, str(home / "large"), LARGE, stack))


if __name__ == "__main__":
    for figure in run():
        print(figure, flush=True)
