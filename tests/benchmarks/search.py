"""Reading and searching a million rows over the running service: pages, filters, searches, facets, and the index.

Every figure of a request is what the server takes from its first byte to the answer in JSON, as it tells by
Server-Timing; what the client on the same machine waits for is told beside it.
"""

import random
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

import pyarrow.compute as pc
import pyarrow.parquet as pq
import tantivy

from tests.benchmarks.api_load import percentile
from tests.benchmarks.report import Figure, machine, server_milliseconds
from tests.benchmarks.search_corpus import MEAN_CHARACTERS, ROWS, Vocabulary, sentences, vocabulary_of, write_rows
from tests.benchmarks.service import anonymous_megabytes, to_ready
from tests.benchmarks.tokenization import peak_megabytes, started
from tests.end_to_end.service import Service, until
from tests.hub import Hub
from tests.servers import temporary_home
from workers.index_part import MOST_HEAP_BYTES

OTHERS = 9
REQUESTS = 100
INDEXED_WITHIN_SECONDS = 300
LEAST_OF_BARE = 0.71
SECONDS_BETWEEN_LOOKS, SECONDS_BETWEEN_LOOKS_AT_JOB = 0.05, 0.5

PAGE = """query ($id: ID!, $at: BigInt, $filter: SampleFilter, $orderBy: SampleOrder) { dataset(id: $id) {
  samples(at: $at, first: 50, filter: $filter, orderBy: $orderBy) {
    totalCount partial nodes { index text wordCount row highlights { start end } } } } }"""
FACETS = """query ($id: ID!, $filter: SampleFilter) { dataset(id: $id) { samples(first: 50, filter: $filter) {
  totalCount partial facets { splits { split rowCount } lengths { from to count } }
  nodes { index text highlights { start end } } } } }"""
ROWS_OF_PAGE = (
    "query ($id: ID!, $at: BigInt) { dataset(id: $id) { samples(at: $at, first: 50) { nodes { text row } } } }"
)
INDEX = "query ($id: ID!) { dataset(id: $id) { searchIndex { status coverage sizeBytes } } }"
INDEX_AGAIN = "mutation ($id: ID!) { indexDataset(input: {datasetId: $id}) { job { id } errors { message } } }"
JOB = "query ($id: ID!) { job(id: $id) { status startedAt finishedAt } }"
JOBS = "query ($id: ID!) { dataset(id: $id) { jobs(first: 10) { nodes { id kind } } } }"
DATASETS = "{ datasets(first: 20) { nodes { id name status sizeBytes rowCount searchIndex { status coverage } } } }"


class Took(NamedTuple):
    """Milliseconds of one request: at the server, and until its client had the answer."""

    server: float
    client: float


@dataclass
class Bench:
    """A running service with the large dataset indexed, and the words to search for."""

    service: Service
    dataset: str
    rows: Path
    text_bytes: int
    known: Vocabulary
    peaks: list[float] = field(default_factory=list)

    def timed(self, document: str, **variables: Any) -> Took:
        """One request for samples, all of which are found."""
        began = time.perf_counter()
        asked = {"query": document, "variables": {"id": self.dataset, **variables}}
        answer = self.service.client.post("/graphql", json=asked)
        waited = (time.perf_counter() - began) * 1000
        assert not answer.json()["data"]["dataset"]["samples"].get("partial"), answer.text
        return Took(server_milliseconds(answer), waited)

    def searches(self, document: str, filters: Sequence[dict[str, Any]]) -> list[Took]:
        """REQUESTS requests, by turns, after one of each."""
        for filter_ in filters:
            self.timed(document, filter=filter_)
        return [self.timed(document, filter=filters[turn % len(filters)]) for turn in range(REQUESTS)]


def indexed(service: Service, dataset: str) -> dict[str, Any]:
    """The index, once it is whole."""
    until(lambda: _index(service, dataset)["status"] == "READY", INDEXED_WITHIN_SECONDS)
    found = _index(service, dataset)
    assert found["coverage"] == 1, found
    return found


def _index(service: Service, dataset: str) -> dict[str, Any]:
    found: dict[str, Any] = service.ask(INDEX, id=dataset)["dataset"]["searchIndex"]
    assert found["status"] != "FAILED"
    return found


def build(bench: Bench) -> Iterator[Figure]:
    """Builds with warm children. The first is timed and nobody asks for anything else; while the second runs its memory
    is watched and somebody asks for datasets, both of which take their share of the cores."""
    seconds, _ = _built(bench)
    megabytes = bench.text_bytes / 1e6
    size = indexed(bench.service, bench.dataset)["sizeBytes"]
    quiet = [_datasets(bench.service) for _ in range(3 * REQUESTS)]
    with peak_megabytes(bench.service) as peak:
        busy_seconds, busy = _built(bench, lambda: _datasets(bench.service))
    detail = f"{ROWS:,} rows, {megabytes:.0f} MB of text in {seconds:.1f} s"
    while_busy = f"; {megabytes / busy_seconds:.1f} while `datasets` is asked for all the time"
    yield Figure("index, MB of text a second", megabytes / seconds, ">= 20", detail + while_busy)
    bare = bare_seconds(bench.rows)
    detail = f"{seconds:.1f} against {bare:.1f} s: what 20 is of the 28 MB a second that bare Tantivy was measured at"
    yield Figure("index, of the speed of bare Tantivy", bare / seconds, f">= {LEAST_OF_BARE}", detail)
    yield Figure("index on disk, of the text", size / bench.text_bytes, "<= 0.6", f"{size / 1e6:.0f} MB")
    yield Figure("RssAnon of a worker and its children while it indexes, MB", peak[0], "<= 700", "the peak of either")
    slower = percentile(busy, 0.95) - percentile(quiet, 0.95)
    told_ = f"p95 {percentile(busy, 0.95):.1f} against {percentile(quiet, 0.95):.1f} ms, {len(busy)} requests"
    yield Figure("`datasets` while an index is built, slower by ms at p95", slower, "<= 20", told_)


def bare_seconds(rows: Path) -> float:
    """Seconds in which Tantivy alone, with its own words and a thread a core, indexes the same texts."""
    schema = tantivy.SchemaBuilder().add_text_field("text").add_unsigned_field("row", fast=True).build()
    with tempfile.TemporaryDirectory(prefix="bench-tantivy-") as folder:
        writer = tantivy.Index(schema, path=folder).writer(2 * MOST_HEAP_BYTES, 2)
        began = time.perf_counter()
        for batch in pq.ParquetFile(rows).iter_batches(columns=["text", "number"]):
            for text, number in zip(*(column.to_pylist() for column in batch.columns), strict=True):
                document = tantivy.Document()
                document.add_text("text", text)
                document.add_unsigned("row", number)
                writer.add_document(document)
        writer.commit()
        writer.wait_merging_threads()
        return time.perf_counter() - began


def _wait() -> float:
    time.sleep(SECONDS_BETWEEN_LOOKS_AT_JOB)
    return 0.0


def _built(bench: Bench, meanwhile: Callable[[], float] = _wait) -> tuple[float, list[float]]:
    """Builds the index anew: the seconds from its start to its end, and what was measured again and again meanwhile."""
    job, measured = bench.service.ask(INDEX_AGAIN, id=bench.dataset)["indexDataset"]["job"]["id"], []
    while (told := bench.service.ask(JOB, id=job)["job"])["status"] in ("QUEUED", "RUNNING"):
        measured.append(meanwhile())
    assert told["status"] == "SUCCEEDED", told
    began, ended = (datetime.fromisoformat(told[name]) for name in ("startedAt", "finishedAt"))
    return (ended - began).total_seconds(), measured


def _datasets(service: Service) -> float:
    """Milliseconds of a look at the list, by somebody who looks some 20 times a second."""
    began = time.perf_counter()
    service.ask(DATASETS)
    seconds = time.perf_counter() - began
    time.sleep(SECONDS_BETWEEN_LOOKS)
    return seconds * 1000


def _told(name: str, took: Sequence[Took], most: int | None, detail: str) -> Figure:
    wanted = "" if most is None else f"<= {most}"
    server, client = [each.server for each in took], [each.client for each in took]
    waited = f"the client waited {median(client):.1f}, p95 {percentile(client, 0.95):.1f}"
    told = f"{detail}; median {median(server):.1f} ms, {waited}; {len(took)} requests"
    return Figure(f"{name}, p95, ms", percentile(server, 0.95), wanted, told)


def pages(bench: Bench) -> Figure:
    chance = random.Random(7)
    places = [chance.randrange(ROWS - 50) for _ in range(REQUESTS)]
    for at in places[:5]:
        bench.timed(ROWS_OF_PAGE, at=at)
    took = [bench.timed(ROWS_OF_PAGE, at=at) for at in places]
    return _told("page of 50 rows at any offset", took, 20, "whole rows")


def filters(bench: Bench) -> Iterator[Figure]:
    chosen = [
        {"wordCount": {"min": 20, "max": 60}},
        {"wordCount": {"min": 150}, "split": "train"},
        {"where": [{"column": "kind", "equals": "news"}]},
        {"where": [{"column": "kind", "in": ["news", "forum"]}, {"column": "score", "min": 0.25, "max": 0.5}]},
        {"where": [{"column": "number", "min": 400_000, "max": 400_100}]},
        {"where": [{"column": "score", "isNull": False}, {"column": "kind", "contains": "or"}]},
    ]
    yield _told(
        "filters without search", bench.searches(PAGE, chosen), 50, "lengths, equals, in, ranges, contains, isNull"
    )
    text = [{"where": [{"column": "text", "contains": word}]} for word in bench.known.between(0.001, 0.002, 3)]
    yield _told(
        "the same, `contains` over the text itself",
        bench.searches(PAGE, text),
        None,
        "letter for letter, all of it is read",
    )


def kinds(known: Vocabulary) -> dict[str, tuple[list[str], int | None]]:
    """Searches by kind, and how many ms they may take; a phrase of common words alone is a line of its own."""
    rare, some, common = known.between(0.0002, 0.001), known.between(0.04, 0.08), known.between(0.6, 1)
    return {
        "a rare word": (rare, 50),
        "a word in 6 % of the rows": (some, 50),
        "a word in 60 % or more": (common, 50),
        "a missing word": ([f"{word}qx" for word in some], 50),
        "a phrase": (known.phrases(of_common_words=False), 50),
        "negations": (
            [f"{one} -{other}" for one, other in zip(common * 10, some, strict=False)]
            + [f"-{one}" for one in common + rare],
            50,
        ),
        "several words, `or`, prefixes": (
            [" ".join(common[:4]), f"{some[0]} or {rare[0]}", f"{some[1][:4]}* {common[0]}"],
            50,
        ),
        "a phrase of words that each stand in more than 5 %": (known.phrases(of_common_words=True), None),
    }


def searches(bench: Bench) -> Iterator[Figure]:
    for name, (texts, most) in kinds(bench.known).items():
        chosen = [{"search": text} for text in texts]
        detail = f"{len(texts)} of them, such as `{texts[0]}`; first page of 50 with highlights and exact total"
        yield _told(f"search: {name}", bench.searches(PAGE, chosen), most, detail)
        faceted = bench.searches(FACETS, chosen)
        yield _told(
            f"the same with facets: {name}", faceted, None if most is None else 100, "splits, 20 bins of lengths"
        )
    some = bench.known.between(0.6, 1)
    combined = [
        {"search": word, "wordCount": {"min": 50}, "where": [{"column": "kind", "equals": "news"}]} for word in some
    ]
    yield _told("search with filters", bench.searches(PAGE, combined), 50, "a common word, a length, a category")
    ranked = [
        bench.timed(PAGE, filter={"search": word}, orderBy="RELEVANCE") for word in some * (REQUESTS // len(some))
    ]
    yield _told("search by relevance", ranked, None, "BM25, words in 60 % of the rows or more")


def browse(bench: Bench, names: Sequence[str]) -> Figure:
    """Ten datasets of a million rows, each read, filtered and searched."""
    known = (word for word in bench.known.between(0.0002, 1, 10_000))
    words = [next(known) for _ in range(20)]
    for name in [None, *names]:
        dataset = bench.dataset if name is None else to_ready(bench.service, name)[0]
        indexed(bench.service, dataset)
        for turn, word in enumerate(words):
            bench.service.ask(FACETS, id=dataset, filter={"search": word})
            bench.service.ask(
                PAGE, id=dataset, at=turn * 10_000, filter={"wordCount": {"min": turn}}, orderBy="LONGEST"
            )
    megabytes = anonymous_megabytes(bench.service.apis()[0])
    detail = f"{1 + len(names)} datasets of {ROWS:,} rows, each with {2 * len(words)} requests"
    return Figure("RssAnon of the API after them, MB", megabytes, "<= 200", detail)


@contextmanager
def prepared(scratch: Path, home: Path) -> Iterator[tuple[Bench, list[str]]]:
    pool, hub = sentences(), scratch / "hub/datasets/acme"
    write_rows(hub / "rows/train.parquet", pool, MEAN_CHARACTERS)
    write_rows(hub / "lines0/train.parquet", pool, 0)
    names = [f"lines{number}" for number in range(OTHERS)]
    for name in names[1:]:
        (hub / name).mkdir()
        (hub / name / "train.parquet").hardlink_to(hub / "lines0/train.parquet")
    with Hub(scratch / "hub") as served, started(home, served.environment(home)) as service:
        dataset = to_ready(service, "rows")[0]
        indexed(service, dataset)
        rows = hub / "rows/train.parquet"
        yield Bench(service, dataset, rows, _text_bytes(rows), vocabulary_of(rows)), names


def _text_bytes(path: Path) -> int:
    batches = pq.ParquetFile(path).iter_batches(columns=["text"])
    return sum(pc.sum(pc.binary_length(batch.column(0))).as_py() for batch in batches)


def run() -> Iterator[Figure]:
    temporary = tempfile.TemporaryDirectory(prefix="bench-search-")
    with temporary as scratch, temporary_home() as home, prepared(Path(scratch), home) as (bench, names):
        yield pages(bench)
        yield from filters(bench)
        yield from searches(bench)
        yield from build(bench)
        yield browse(bench, names)


if __name__ == "__main__":
    print(machine(), flush=True)
    for figure in run():
        print(figure, flush=True)
