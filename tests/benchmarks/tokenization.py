"""Tokenizing by the running service against `datasets.map` + `save_to_disk`; its memory, its statistics, its resuming.

CORPUS names a parquet file with a column `text`, of which 100,000 rows of three texts each are made; without it fewer
of text of the standard library. TOKENIZERS names a folder with the tokenizers `gpt2` and `minilm`; without it a small
byte-level BPE and a small WordPiece are trained.
"""

import os
import shutil
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import cycle, islice
from pathlib import Path
from statistics import median
from typing import Any

import datasets
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from transformers import AutoTokenizer

from api.ids import key_of
from domain.adapters.pieces import WORK
from tests.benchmarks.ingest import paragraphs
from tests.benchmarks.report import Figure, machine
from tests.benchmarks.service import anonymous_megabytes, to_ready
from tests.end_to_end.service import Service, descendants
from tests.end_to_end.takings import Takings, kill_while_all_stand_still
from tests.engine_tokenizers import MADE
from tests.hub import Hub
from tests.servers import temporary_home

ROWS = 100_000 if os.environ.get("CORPUS") else 30_000
TEXTS_A_ROW = 3
SHORT_ROWS = 1_000_000
MAX_LENGTH = 512
RUNS = 3
SMALL_SHARDS = {"MISTUDIO_SHARD_BYTES": "250000", "MISTUDIO_LEASE_SECONDS": "4"}
KINDS = {"gpt2": ("byte-level BPE", "gpt2", ">= 3"), "minilm": ("WordPiece", "wordpiece", ">= 1.2")}

TOKENIZE = """
mutation ($dataset: ID!, $tokenizer: String!, $recipe: TokenizationRecipeInput!) {
  tokenizeDataset(input: {datasetId: $dataset, tokenizer: $tokenizer, recipe: $recipe}) {
    tokenization { id } job { id } replayed errors { message }
  }
}"""
WATCH = """
subscription ($id: ID!) {
  datasetChanged(id: $id) { tokenizations(first: 1) { nodes { id status path error { message } } } }
}"""
TOKENIZATIONS = "query ($id: ID!) { dataset(id: $id) { tokenizations(first: 1) { nodes { id } } } }"
STATISTICS = """
query ($id: ID!) { tokenization(id: $id) { statistics {
  sequenceCount tokenCount meanLength medianLength minLength maxLength vocabularySize vocabularyUsed
  histogram { from to count } bySplit { name sequenceCount tokenCount vocabularyUsed histogram { from to count } }
  specialTokens { id token count } topTokens(first: 100) { id token count }
  sourceTokens keptTokens truncatedTokens filteredTokens tailTokens
  outputCells realCells specialCells overlapCells paddingCells skippedSamples } } }"""


def write_repositories(hub: Path) -> None:
    """`acme/corpus`, and `acme/short` of many short rows."""
    table = pq.read_table(os.environ["CORPUS"], columns=["text"]) if os.environ.get("CORPUS") else paragraphs()
    texts = list(islice(cycle(table.column("text").to_pylist()), ROWS * TEXTS_A_ROW))
    rows = ["\n".join(texts[start : start + TEXTS_A_ROW]) for start in range(0, len(texts), TEXTS_A_ROW)]
    short = [text[:40] for text in islice(cycle(texts), SHORT_ROWS)]
    for name, column in (("corpus", rows), ("short", short)):
        repository = hub / "datasets/acme" / name
        repository.mkdir(parents=True)
        pq.write_table(pa.table({"text": column}), repository / "train.parquet")


@contextmanager
def tokenizers() -> Iterator[Path]:
    """The folder of `gpt2` and `minilm`."""
    if os.environ.get("TOKENIZERS"):
        yield Path(os.environ["TOKENIZERS"]).absolute()
        return
    with tempfile.TemporaryDirectory(prefix="bench-tokenizers-") as folder:
        for name, (_, made, _) in KINDS.items():
            MADE[made]().save_pretrained(Path(folder, name))
        yield Path(folder)


@dataclass
class Bench:
    """A running service with both datasets, and what was made of them so far."""

    service: Service
    tokenizers: Path
    corpus: str
    short: str
    made: Counter[tuple[str, str]] = field(default_factory=Counter)
    peaks: list[float] = field(default_factory=list)

    def begin(self, dataset: str, tokenizer: str) -> dict[str, Any]:
        """No two requests are the same work, as they ask for fewer tokens than each row has in other numbers."""
        recipe = {"maxLength": MAX_LENGTH, "minTokens": self.made[dataset, tokenizer]}
        self.made[dataset, tokenizer] += 1
        asked = self.service.ask(TOKENIZE, dataset=dataset, tokenizer=f"file:{tokenizer}", recipe=recipe)
        answer: dict[str, Any] = asked["tokenizeDataset"]
        assert (answer["errors"], answer["replayed"]) == ([], False), answer
        return answer

    def path(self, dataset: str, tokenization: str) -> Path:
        """The output, once it is READY."""
        with self.service.subscribe(WATCH, id=dataset) as results:
            for result in results:
                (found,) = result["datasetChanged"]["tokenizations"]["nodes"]
                assert found["id"] == tokenization
                assert found["status"] != "FAILED", found
                if found["status"] == "READY":
                    return Path(found["path"])
        raise AssertionError("the subscription ended")

    def tokenize(self, dataset: str, tokenizer: str) -> Path:
        return self.path(dataset, self.begin(dataset, tokenizer)["tokenization"]["id"])

    def warm_up(self, dataset: str, tokenizer: str) -> None:
        """A run that is not timed; its memory is watched."""
        with peak_megabytes(self.service) as peak:
            self.tokenize(dataset, tokenizer)
        self.peaks += peak


def rival(source: Any, tokenizer: Any, target: Path) -> Path:
    """As a user writes it. Its columns are removed, and nothing is cached."""

    def encode(batch: dict[str, list[str]]) -> Any:
        return tokenizer(batch["text"], truncation=True, max_length=MAX_LENGTH)

    mapped = source.map(encode, batched=True, num_proc=os.cpu_count(), remove_columns=["text"])
    mapped.save_to_disk(target)
    return target


def ids(folder: Path) -> tuple[Any, Any]:
    """All ids in a row, and the length of each sequence."""
    columns = [split.data.column("input_ids") for split in datasets.load_from_disk(str(folder)).values()]
    chunks = [chunk for column in columns for chunk in column.chunks]
    flat = np.concatenate([chunk.flatten().to_numpy().astype(np.int32) for chunk in chunks])
    return flat, np.concatenate([np.diff(chunk.offsets.to_numpy()) for chunk in chunks])


def speed(bench: Bench, name: str, scratch: Path) -> Figure:
    """Alternating runs of both sides, after one of ours."""
    kind, _, wanted = KINDS[name]
    location = bench.service.ask("query ($id: ID!) { dataset(id: $id) { path } }", id=bench.corpus)["dataset"]["path"]
    source, tokenizer = datasets.load_from_disk(location), AutoTokenizer.from_pretrained(bench.tokenizers / name)
    bench.warm_up(bench.corpus, name)
    ours, theirs = [], []
    for _ in range(RUNS):
        began = time.monotonic()
        made = bench.tokenize(bench.corpus, name)
        ours.append(time.monotonic() - began)
        began = time.monotonic()
        rival(source, tokenizer, scratch / "rival")
        theirs.append(time.monotonic() - began)
        tokens, lengths = ids(made)
        assert all(map(np.array_equal, (tokens, lengths), ids(scratch / "rival"))), "the ids differ"
        shutil.rmtree(scratch / "rival")
    rates = [len(tokens) / median(seconds) / 1e6 for seconds in (ours, theirs)]
    detail = (
        f"{len(lengths):,} rows, {len(tokens):,} tokens, identical ids; millions a second {rates[0]:.2f} against "
        f"{rates[1]:.2f}; ours {_told(ours)}, theirs {_told(theirs)}, alternating"
    )
    return Figure(f"tokens a second, {kind}, of datasets.map + save_to_disk", rates[0] / rates[1], wanted, detail)


def _told(seconds: Sequence[float]) -> str:
    return ", ".join(f"{one:.2f}" for one in seconds) + " s"


@contextmanager
def peak_megabytes(service: Service) -> Iterator[list[float]]:
    """The most RssAnon that any worker had together with all its children, the one entry of the list at the end."""
    peak, over = [0.0], threading.Event()

    def watch() -> None:
        families = [[worker, *descendants(worker)] for worker in service.workers()]
        while not over.wait(0.01):
            for family in families:
                peak[0] = max(peak[0], sum(map(anonymous_megabytes, family)))

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield peak
    finally:
        over.set()
        watcher.join()


def memory(bench: Bench) -> Figure:
    """Of all runs that were not timed."""
    for name in KINDS:
        bench.warm_up(bench.short, name)
    detail = (
        f"peaks of {', '.join(f'{one:.0f}' for one in bench.peaks)} MB; {ROWS:,} and {SHORT_ROWS:,} rows, each kind"
    )
    return Figure("RssAnon of a worker and all its children, MB", max(bench.peaks), "<= 700", detail)


def statistics(bench: Bench) -> Figure:
    """Every field, over HTTP."""
    asked = bench.service.ask(TOKENIZATIONS, id=bench.short)["dataset"]["tokenizations"]["nodes"][0]["id"]
    seconds = []
    for _ in range(100):
        began = time.perf_counter()
        found = bench.service.ask(STATISTICS, id=asked)["tokenization"]["statistics"]
        seconds.append(time.perf_counter() - began)
    p95 = sorted(seconds)[95]
    detail = f"GraphQL, every field, {found['sequenceCount']:,} sequences; median {median(seconds) * 1000:.1f} ms"
    return Figure("statistics of 1,000,000 rows, p95, ms", p95 * 1000, "<= 50", detail)


def resume(bench: Bench) -> Figure:
    """All workers and their children are killed when nine of ten shards are done."""
    takings = Takings(bench.service)
    takings.begin()
    asked = bench.begin(bench.corpus, "minilm")
    job = key_of("Job", asked["job"]["id"])
    assert job
    takings.wait_for(job, WORK, 0.9)
    go_on = kill_while_all_stand_still(bench.service, bench.service.workers() + bench.service.children())
    (done, shards), in_flight = takings.done(job, WORK), len(takings.held(job))
    go_on()
    began = time.monotonic()
    bench.path(bench.corpus, asked["tokenization"]["id"])
    seconds = time.monotonic() - began
    repeated = takings.of(job, WORK).total() - shards
    takings.close()
    detail = f"{done} of {shards} done, {in_flight} in flight, {repeated} repeated; READY {seconds:.1f} s later"
    return Figure("resume after SIGKILL, shards repeated beyond those in flight", repeated - in_flight, "<= 0", detail)


@contextmanager
def started(home: Path, environ: dict[str, str]) -> Iterator[Service]:
    service = Service(home, environ)
    try:
        service.start()
        yield service
    finally:
        service.close()


def measured(scratch: Path, home: Path, folder: Path) -> Iterator[Figure]:
    write_repositories(scratch / "hub")
    with Hub(scratch / "hub") as hub:
        environ = hub.environment(home) | {"MISTUDIO_TOKENIZERS": str(folder)}
        with started(home, environ) as service:
            bench = Bench(service, folder, *(to_ready(service, name)[0] for name in ("corpus", "short")))
            yield from (speed(bench, name, scratch) for name in KINDS)
            yield from (memory(bench), statistics(bench))
        with started(home, environ | SMALL_SHARDS) as bench.service:
            yield resume(bench)


def run() -> Iterator[Figure]:
    datasets.disable_caching()
    datasets.disable_progress_bars()
    temporary = tempfile.TemporaryDirectory(prefix="bench-tokenization-")
    with temporary as scratch, temporary_home() as home, tokenizers() as folder:
        yield from measured(Path(scratch), home, folder)


if __name__ == "__main__":
    print(machine(), flush=True)
    for figure in run():
        print(figure, flush=True)
