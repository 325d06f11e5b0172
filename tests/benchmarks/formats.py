"""Ingest of each format against bare `load_dataset` of the same file: one file of about 50 MB, one process, both warm.

Ours also counts words, hashes and fsyncs; the rival's cache is new for each run. The better of two runs on each side.
"""

import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import datasets

from domain.adapters.files import remove_tree
from tests.benchmarks.ingest import finish, paragraphs
from tests.benchmarks.report import Figure, machine
from tests.workers.ingests import READERS, kind_of, write
from workers.child import Child

FILE_BYTES = 50_000_000
RUNS = 2
NAMES = (
    *("a.parquet", "a.arrow", "a.json", "a.jsonl", "a.csv", "a.tsv", "a.txt"),
    *("a.jsonl.gz", "a.csv.gz", "a.txt.gz", "a.jsonl.zst"),
)


def run() -> list[Figure]:
    """A figure a format; nothing is promised of them."""
    datasets.disable_progress_bars()
    child = Child(warm=("workers.ingesting",))
    try:
        with tempfile.TemporaryDirectory(prefix="bench-formats-") as folder:
            return [_figure(Path(folder), name, child) for name in NAMES]
    finally:
        child.close()


def _figure(folder: Path, name: str, child: Child) -> Figure:
    file = folder / name
    texts = paragraphs().column("text").to_pylist()
    times = FILE_BYTES // sum(map(len, texts))
    # one line each, so that a row is a row in text too
    write(file, [{"id": n, "text": text.replace("\n", " ")} for n, text in enumerate(texts * times)])
    options = {"sep": "\t"} if kind_of(name) == "tsv" else {}
    format = {"name": READERS[kind_of(name)], "options": options}
    ours = min(_seconds(folder, lambda work: _ours(file, work, format, child)) for _ in range(RUNS))
    theirs = min(_seconds(folder, lambda work: _theirs(file, work, format)) for _ in range(RUNS))
    detail = f"{file.stat().st_size / 1e6:.0f} MB; ours {ours:.2f} s with counting, theirs {theirs:.2f} s"
    file.unlink()
    return Figure(f"ingest of {name[2:]}, of load_dataset", ours / theirs, "", detail)


def _seconds(folder: Path, act: Callable[[Path], object]) -> float:
    work = folder / "work"
    work.mkdir()
    started = time.perf_counter()
    act(work)
    seconds = time.perf_counter() - started
    remove_tree(work)
    return seconds


def _theirs(file: Path, work: Path, format: dict[str, Any]) -> object:
    return datasets.load_dataset(format["name"], data_files=str(file), cache_dir=str(work), **format["options"])


def _ours(file: Path, work: Path, format: dict[str, Any], child: Child) -> object:
    source = {"folder": str(file.parent), "format": format}
    piece = {"path": file.name, "split": "train"}
    plan = finish(child.call("plan_ingest", {**source, "files": [piece], "work": str(work)}))
    columns = {"features": plan["features"], "text_column": plan["textColumn"]}
    target = work / "0.1.arrow"
    done = finish(child.call("ingest_file", {**source, **piece, **columns, "target": str(target)}))
    files = {"file": str(target), "words": str(work / done["words"])}
    final = {"final": str(work / "final"), **columns, "splits": ["train"], "pieces": [done | files]}
    return finish(child.call("complete_ingest", final))


if __name__ == "__main__":
    print(machine(), *run(), sep="\n")
