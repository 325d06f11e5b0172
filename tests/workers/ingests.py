"""Ingests done here, piece by piece, and what `load_dataset` makes of the same files."""

import bz2
import csv
import gzip
import io
import json
import lzma
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
READERS = {
    "parquet": "parquet",
    "arrow": "arrow",
    "json": "json",
    "jsonl": "json",
    "csv": "csv",
    "tsv": "csv",
    "txt": "text",
}


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
    """The rows in the format, and compressed as, the name says."""
    path.parent.mkdir(parents=True, exist_ok=True)
    kind, compression = kind_of(path.name), path.suffix.lstrip(".")
    content = CONTENTS[kind](rows)
    path.write_bytes(COMPRESSIONS[compression](content) if compression in COMPRESSIONS else content)


def kind_of(name: str) -> str:
    """The suffix that names the format."""
    return next(suffix for suffix in reversed(name.split(".")) if suffix in READERS)


def _parquet(rows: list[dict[str, Any]]) -> bytes:
    file = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(rows), file, row_group_size=70)
    return file.getvalue()


def _arrow(rows: list[dict[str, Any]]) -> bytes:
    file = io.BytesIO()
    table = pa.Table.from_pylist(rows)
    with pa.ipc.new_stream(file, table.schema) as stream:
        stream.write_table(table, max_chunksize=1100)
    return file.getvalue()


def _lines(rows: list[dict[str, Any]]) -> bytes:
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode()


def _separated(rows: list[dict[str, Any]], separator: str) -> bytes:
    file = io.StringIO()
    writer = csv.DictWriter(file, list(rows[0]), delimiter=separator)
    writer.writeheader()
    writer.writerows(rows)
    return file.getvalue().encode()


CONTENTS: dict[str, Callable[[list[dict[str, Any]]], bytes]] = {
    "parquet": _parquet,
    "arrow": _arrow,
    "json": lambda rows: json.dumps(rows, indent=1).encode(),
    "jsonl": _lines,
    "csv": lambda rows: _separated(rows, ","),
    "tsv": lambda rows: _separated(rows, "\t"),
    "txt": lambda rows: "".join(row["text"] + "\n" for row in rows).encode(),
}


def _zst(content: bytes) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.CompressedOutputStream(sink, "zstd") as stream:
        stream.write(content)
    return bytes(sink.getvalue().to_pybytes())


COMPRESSIONS: dict[str, Callable[[bytes], bytes]] = {
    "gz": gzip.compress,
    "zst": _zst,
    "bz2": bz2.compress,
    "xz": lzma.compress,
}


class Ingest:
    """A folder of files, brought through all stages as a run would."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.files: list[dict[str, str]] = []
        self.options: dict[str, Any] = {}
        self.on_error = "FAIL"
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
        kind = kind_of(self.files[0]["path"])
        if kind == "tsv":
            self.options.setdefault("sep", "\t")
        return {"name": READERS[kind], "options": self.options, "features": None}

    def plan(self, text_column: str | None = None) -> dict[str, Any]:
        arguments = {"format": self.format, "text_column": text_column, "on_error": self.on_error}
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
        asked = {"target": str(target), "on_error": self.on_error}
        ledger, self.steps = finish(ingest_file(folder=str(self.folder), **spec, **columns, **asked))
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
        return datasets.load_dataset(self.format["name"], data_files=data_files, cache_dir=cache, **self.options)


def failure_of(act: Callable[[], object]) -> WorldFailure:
    with pytest.raises(WorldFailure) as told:
        act()
    return told.value


WORDS = " ".join(PARAGRAPHS) * 20  # some 10 MB


def one_line(bytes_: int) -> bytes:
    """JSON lines: one, of so many bytes."""
    return json.dumps({"text": (WORDS * (bytes_ // len(WORDS) + 1))[:bytes_]}).encode() + b"\n"


def rows_of_bytes(bytes_: int, row_bytes: int) -> list[dict[str, Any]]:
    return [{"n": number, "text": WORDS[:row_bytes]} for number in range(bytes_ // row_bytes)]
