"""Ingest against bare `load_dataset` + `save_to_disk`, alternating in one process, both warm.

CORPUS names a parquet file with a column `text`; without it text of the standard library is used. Either is repeated
to 250 MB. The rival's cache is new for each run.
"""

import gc
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from pydoc_data.topics import topics
from queue import SimpleQueue
from typing import Any

import datasets
import pyarrow as pa
import pyarrow.parquet as pq

from domain.adapters.files import remove_tree
from tests.benchmarks.report import Figure, machine
from workers.child import Child
from workers.steps import Work

CORPUS_BYTES = 250_000_000
FILES = 4
RUNS = 3
FORMAT = {"name": "parquet", "options": {}}


def run() -> list[Figure]:
    """Their medians against each other; what else the machine does meanwhile costs the side with processes more."""
    with tempfile.TemporaryDirectory(prefix="bench-ingest-") as temporary, warm_children() as children:
        folder = Path(temporary)
        rows, size = write_corpus(folder / "source")
        sides: dict[str, Callable[[Path], object]] = {"ours": lambda work: ours(work, children), "theirs": rival}
        for side in sides.values():
            timed(side, folder)
        seconds: dict[str, list[float]] = {name: [] for name in sides}
        for _ in range(RUNS):
            for name, side in sides.items():
                seconds[name].append(timed(side, folder))
    ratio = statistics.median(seconds["ours"]) / statistics.median(seconds["theirs"])
    told = "; ".join(f"{name} {', '.join(f'{one:.2f}' for one in each)} s" for name, each in seconds.items())
    detail = (
        f"{rows:,} rows, {size / 1e6:.0f} MB in {FILES} files; {told}; ours by {len(children)} workers' children, "
        "counts words, hashes, fsyncs"
    )
    return [Figure("ingest, of load_dataset + save_to_disk", ratio, "<= 1.5", detail)]


@contextmanager
def warm_children() -> Iterator[list[Child]]:
    """A child for each worker that the service would have here, started here: a child ends with the thread that did."""
    children = [Child() for _ in range(os.cpu_count() or 1)]
    for child in children:
        child.start()
    try:
        yield children
    finally:
        for child in children:
            child.close()


def write_corpus(folder: Path) -> tuple[int, int]:
    """Rows and bytes of text, in a few files; the same rows over and over until there are enough bytes."""
    table = pq.read_table(os.environ["CORPUS"], columns=["text"]) if os.environ.get("CORPUS") else paragraphs()
    times = -(-CORPUS_BYTES // (table.nbytes * FILES))
    folder.mkdir(parents=True)
    for number in range(FILES):
        with pq.ParquetWriter(folder / f"train-{number:05}-of-{FILES:05}.parquet", table.schema) as writer:
            for _ in range(times):
                writer.write_table(table)
    return times * FILES * table.num_rows, times * FILES * table.nbytes


def paragraphs() -> Any:
    """About 200 bytes of English each."""
    return pa.table({"text": [part for text in topics.values() for part in text.split("\n\n") if part.strip()]})


def timed(side: Callable[[Path], object], folder: Path) -> float:
    work = folder / "work"
    work.mkdir()
    gc.collect()
    started = time.perf_counter()
    side(work)
    seconds = time.perf_counter() - started
    remove_tree(work)
    return seconds


def rival(work: Path) -> object:
    files = [str(path) for path in sources(work)]
    loaded = datasets.load_dataset("parquet", data_files={"train": files}, cache_dir=str(work / "cache"))
    loaded.save_to_disk(str(work / "saved"))
    return loaded


def sources(work: Path) -> list[Path]:
    return sorted((work.parent / "source").glob("*.parquet"))


def ours(work: Path, children: list[Child]) -> object:
    """As the service does it: a plan, a piece a file by whichever child is free, the completion."""
    source, pieces = str(work.parent / "source"), work / "pieces"
    pieces.mkdir()
    files = [{"path": path.name, "split": "train"} for path in sources(work)]
    plan = finish(
        children[0].call("plan_ingest", {"folder": source, "format": FORMAT, "files": files, "work": str(pieces)})
    )
    columns = {"features": plan["features"], "text_column": plan["textColumn"]}
    free: SimpleQueue[Child] = SimpleQueue()
    for child in children:
        free.put(child)

    def piece(number: int) -> dict[str, Any]:
        child, target = free.get(), pieces / f"{number}.1.arrow"
        given = {"folder": source, **files[number], "format": FORMAT, **columns, "target": str(target)}
        done = finish(child.call("ingest_file", given))
        free.put(child)
        return {**done, "file": str(target), "words": str(target.with_name(done["words"]))}

    with ThreadPoolExecutor(len(children)) as threads:
        done = list(threads.map(piece, range(len(files))))
    final = {"final": str(work / "final"), **columns, "splits": ["train"], "pieces": done}
    return finish(children[0].call("complete_ingest", final))


def finish(work: Work) -> dict[str, Any]:
    while True:
        try:
            next(work)
        except StopIteration as end:
            result: dict[str, Any] = end.value
            return result


if __name__ == "__main__":
    print(machine(), *run(), sep="\n")
