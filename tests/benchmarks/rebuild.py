"""Events a second of `mistudio rebuild`: replay, comparison with tables that are right, and the switch."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import count, islice
from uuid import UUID

import psycopg

from api.migrating import migrate
from domain import events as past
from domain.adapters.rebuild import rebuild
from domain.events import Event
from domain.log import Trace
from domain.stored_events import name_of, to_data
from domain.tokenization_events import TokenizationCompleted, TokenizationPinned, TokenizationRequested
from tests.api.figures import RECIPE, STATISTICS, TOKEN_STATISTICS
from tests.benchmarks.report import Figure, durability
from tests.benchmarks.service import anonymous_megabytes
from tests.domain.stories import INGESTED, PIN
from tests.servers import fresh_database, start_servers, temporary_home

EVENTS = 200_000
FILES = 8
ATTEMPTS = 4
COPY = "COPY events (stream, version, type, data, metadata, recorded_at) FROM STDIN"
METADATA = json.dumps(Trace("00000000-0000-4000-8000-00000000000c", "00000000-0000-4000-8000-00000000000d").metadata())


def story(ids: Iterator[str]) -> Iterator[Event]:
    """A dataset from its request to a tokenization, with attempts that fail on the way."""
    job, ingest = next(ids), next(ids)
    source = {"kind": "HUB", "repository": f"acme/{job}", "revision": "main", "config": None, "splits": None}
    yield past.DownloadRequested(job_id=job, source=source, name=f"acme/{job}", tags=("english", "text"))
    yield past.JobStarted(job_id=job, kind="DOWNLOAD", attempt=1)
    yield past.DownloadPinned(job_id=job, **{**PIN, "files": PIN["files"] * FILES})
    yield from failures(job)
    yield past.DownloadCompleted(job_id=job, folder=f"datasets/{job}", size_bytes=10, ingest_job_id=ingest)
    yield past.JobStarted(job_id=ingest, kind="INGEST", attempt=1)
    yield past.IngestCompleted(job_id=ingest, text_column="text", **{**INGESTED, "statistics": STATISTICS})
    yield from tokenization(next(ids), next(ids))


def tokenization(tokenization_id: str, job: str) -> Iterator[Event]:
    own = {"tokenization_id": tokenization_id, "job_id": job}
    recipe = {"recipe": RECIPE, "recipe_hash": "f" * 64}
    yield TokenizationRequested(**own, **recipe, tokenizer="acme/bpe")
    yield past.JobStarted(job_id=job, kind="TOKENIZE", attempt=1)
    yield TokenizationPinned(**own, **recipe, tokenizer_commit="t" * 40, vocabulary_size=50_257)
    yield from failures(job)
    statistics = TOKEN_STATISTICS
    yield TokenizationCompleted(**own, folder=f"tokenizations/{job}", size_bytes=5, statistics=statistics)


def failures(job: str) -> Iterator[Event]:
    for fence in range(ATTEMPTS):
        yield past.JobAttemptFailed(
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


def rows() -> Iterator[tuple[object, ...]]:
    """Endless rows of a log."""
    ids = (str(UUID(int=number, version=4)) for number in count(1))
    for dataset_id in ids:
        for version, event in enumerate(story(ids), start=1):
            data = json.dumps(to_data(event))
            yield f"dataset-{dataset_id}", version, name_of(event), data, METADATA, datetime.now(UTC)


def write_log(url: str, events: int) -> None:
    with psycopg.connect(url) as connection, connection.cursor() as cursor:
        with cursor.copy(COPY) as copy:
            for row in islice(rows(), events):
                copy.write_row(row)
        cursor.execute("ANALYZE events")


def measured(url: str, events: int) -> Figure:
    """The second of two rebuilds, which finds the tables that the first one made."""
    write_log(url, events)
    rebuild(url)
    report = rebuild(url)
    assert (report.events, report.differed) == (events, 0)
    memory = anonymous_megabytes("self")
    detail = (
        f"{events:,} events in {report.seconds:.0f} s, appends held up for {report.held_up_seconds * 1000:.0f} ms, "
        f"RssAnon {memory:.0f} MB; {durability(url)}"
    )
    return Figure("rebuild, events a second", events / report.seconds, ">= 10000", detail)


def run() -> list[Figure]:
    with temporary_home() as home:
        servers = start_servers(home)
        try:
            return [measured(fresh_database(servers, migrate), EVENTS)]
        finally:
            servers.stop()


if __name__ == "__main__":
    for figure in run():
        print(figure)
