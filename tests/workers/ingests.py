"""Ingests done here, piece by piece, and what `load_dataset` makes of the same files."""

import gzip
import json
from collections.abc import Callable
from pathlib import Path
from pydoc_data.topics import topics
from typing import Any

import datasets
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from domain.errors import WorldFailure
from workers.ingesting import complete_ingest, ingest_file, plan_ingest
from workers.steps import Step, Work

PARAGRAPHS = [part for text in topics.values() for part in text.split("\n\n") if part.strip()][:3000]
FORMATS = {".parquet": "parquet", ".jsonl": "json", ".json": "json", ".gz": "json"}


def finish(work: Work) -> tuple[dict[str, Any], list[Step]]:
    steps = []
    while True:
        try:
            steps.append(next(work))
        except StopIteration as end:
            return json.loads(json.dumps(end.value)), steps


def rows_of(start: int, stop: int) -> list[dict[str, Any]]:
    return [
        {"z_id": number, "text": PARAGRAPHS[number], "meta": {"b": "x" * (number % 5), "a": [number, None]}}
        for number in range(start, stop)
    ]


def write(path: Path, rows: list[dict[str, Any]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix == ".parquet":
        pq.write_table(pa.Table.from_pylist(rows), path, row_group_size=70)
    else:
        lines = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode()
        path.write_bytes(gzip.compress(lines) if path.suffix == ".gz" else lines)


class Ingest:
    """A folder of files, brought through all stages as a run would."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.files: list[dict[str, str]] = []
        self.options: dict[str, Any] = {}
        self.steps: list[Step] = []

    def add(self, path: str, split: str, rows: list[dict[str, Any]] | bytes) -> None:
        self.files.append({"path": path, "split": split})
        if isinstance(rows, bytes):
            (self.folder / path).parent.mkdir(parents=True, exist_ok=True)
            (self.folder / path).write_bytes(rows)
        else:
            write(self.folder / path, rows)

    @property
    def format(self) -> dict[str, Any]:
        return {"name": FORMATS[Path(self.files[0]["path"]).suffix], "options": self.options, "features": None}

    def plan(self, text_column: str | None = None) -> dict[str, Any]:
        arguments = {"format": self.format, "text_column": text_column}
        return finish(plan_ingest(**self.source, **arguments))[0]

    @property
    def source(self) -> dict[str, Any]:
        return {"folder": str(self.folder), "files": self.files, "work": str(self.work)}

    def pieces(self, plan: dict[str, Any]) -> list[dict[str, Any]]:
        return [self.piece(plan, number) for number in range(len(plan["pieces"]))]

    def piece(self, plan: dict[str, Any], number: int) -> dict[str, Any]:
        target = self.work / f"{number}.1.arrow"
        spec = {"path": plan["pieces"][number]["path"], "split": plan["pieces"][number]["split"]}
        columns = {"features": plan["features"], "text_column": plan["textColumn"], "format": self.format}
        ledger, self.steps = finish(ingest_file(folder=str(self.folder), **spec, **columns, target=str(target)))
        names = {key: str(target.parent / ledger[key]) for key in ("file", "words") if ledger[key]}
        return ledger | names

    def complete(self, plan: dict[str, Any], pieces: list[dict[str, Any]]) -> dict[str, Any]:
        columns = {"features": plan["features"], "text_column": plan["textColumn"]}
        splits = list(dict.fromkeys(file["split"] for file in self.files))
        return finish(complete_ingest(final=str(self.final), **columns, splits=splits, pieces=pieces))[0]

    def run(self, text_column: str | None = None) -> dict[str, Any]:
        plan = self.plan(text_column)
        return self.complete(plan, self.pieces(plan))

    @property
    def work(self) -> Path:
        return self.folder / "work"

    @property
    def final(self) -> Path:
        return self.folder / "final"

    def loaded(self) -> datasets.DatasetDict:
        found = datasets.load_from_disk(str(self.final))
        assert isinstance(found, datasets.DatasetDict)
        return found

    def expected(self) -> datasets.DatasetDict:
        """What `load_dataset` makes of the same files."""
        data_files: dict[str, list[str]] = {}
        for file in self.files:
            data_files.setdefault(file["split"], []).append(str(self.folder / file["path"]))
        cache = str(self.folder / "cache")
        return datasets.load_dataset(self.format["name"], data_files=data_files, cache_dir=cache)


def failure_of(act: Callable[[], object]) -> WorldFailure:
    with pytest.raises(WorldFailure) as told:
        act()
    return told.value
