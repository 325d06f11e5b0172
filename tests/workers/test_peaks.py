"""What runs are promised is no less than what they take up at their peak, and not many times as much."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from domain.adapters.files import written_size
from domain.adapters.peaks import exporting_bytes, indexing_bytes, ingesting_bytes
from tests.texts import texts
from tests.workers.indexes import build_index, write_texts
from tests.workers.ingests import READERS, Ingest, kind_of
from tests.workers.tokenization import Run, finish, save_splits
from workers.exporting import complete_export, export_part, plan_export
from workers.indexing import plan_index
from workers.tokenize_run import needs

LOOK_EVERY_SECONDS = 0.002
ROWS = texts(2500)
MOST_TIMES = 5


@dataclass
class Peak:
    """The most that folders took up."""

    bytes: int = 0

    def looks(self, *folders: Path) -> None:
        self.bytes = max(self.bytes, written_size(*folders))


@contextmanager
def watching(*folders: Path) -> Iterator[Peak]:
    """Looks at folders, which need not be there yet, all the while, and at the end."""
    peak, over = Peak(), threading.Event()

    def look() -> None:
        while not over.wait(LOOK_EVERY_SECONDS):
            peak.looks(*folders)

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield peak
    finally:
        over.set()
        thread.join()
    peak.looks(*folders)


def holds(promised: int, peak: Peak) -> None:
    assert peak.bytes <= promised <= MOST_TIMES * peak.bytes, (promised, peak.bytes, promised / peak.bytes)


@pytest.mark.parametrize("name", ["a.parquet", "a.arrow", "a.jsonl", "a.csv", "a.txt", "a.jsonl.gz", "a.csv.zst"])
def test_an_ingest(tmp_path: Path, name: str) -> None:
    ingest = Ingest(tmp_path)
    ingest.add(name, "train", [{"text": text.replace("\n", " ")} for text in ROWS])
    with watching(ingest.work, ingest.final) as peak:
        ingest.run()
    sizes = {name: (tmp_path / name).stat().st_size}
    holds(ingesting_bytes(READERS[kind_of(name)], sizes), peak)


RECIPES: dict[str, dict[str, Any]] = {
    "plain": {},
    "windows": {"mode": "WINDOW", "maxLength": 64, "stride": 32},
    "padded": {"maxLength": 512, "padding": "MAX_LENGTH", "padToken": "<pad>"},
    "longest": {"maxLength": 512, "padding": "LONGEST", "padToken": "<pad>"},
    "packed": {"mode": "PACK", "maxLength": 128},
}


@pytest.mark.parametrize("recipe", list(RECIPES))
def test_a_tokenization(tmp_path: Path, recipe: str) -> None:
    save_splits(tmp_path / "data", {"train": ROWS, "test": ROWS[:100]})
    asked = {"maxLength": 1024} | RECIPES[recipe]
    run = Run(tmp_path / "data", tmp_path, tmp_path / "run", "builtin:byt5", **asked)
    planned = run.plan(shard_bytes=200_000)
    with watching(run.folder) as peak:
        run.complete([run.shard(number) for number in range(len(planned["pieces"]))])
    need = needs(None, planned)  # type: ignore[arg-type]
    assert need is not None
    holds(need.bytes, peak)


def test_an_export(tmp_path: Path) -> None:
    save_splits(tmp_path / "data", {"train": ROWS})
    run = Run(tmp_path / "data", tmp_path, tmp_path / "run", "builtin:byt5", maxLength=1024)
    run.all()
    tokens, work, final = tmp_path / "run" / "final", tmp_path / "work", tmp_path / "export"
    with watching(work, final) as peak:
        parts = []
        for number, piece in enumerate(finish(plan_export(folder=str(tokens)))["pieces"]):
            told = finish(export_part(folder=str(tokens), target=str(work / f"{number}.1.parquet"), **piece))
            parts.append({**told, "file": str(work / told["file"])})
        finish(complete_export(final=str(final), pieces=parts))
    promised = exporting_bytes(written_size(tokens))
    assert peak.bytes <= promised


@pytest.mark.parametrize("language", [None, "english"])
def test_an_index(tmp_path: Path, language: str | None) -> None:
    rows = [text for text in ROWS for _ in range(2)]
    folder = write_texts(tmp_path / "data", {"train": {"text": rows}})
    final = tmp_path / "final"
    with watching(final, final.with_name("final.work")) as peak:
        build_index(folder, final, ["text"], len(rows), language=language)
    planned = finish(plan_index(folder=str(folder), columns=["text"]))
    holds(indexing_bytes(planned["textBytes"]), peak)
