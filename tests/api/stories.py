"""Datasets as workers leave them, without workers: the commands that they would send, and a small Arrow folder."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import pyarrow as pa

from domain import commands as ask
from domain.adapters import Adapters
from domain.adapters.files import remove_tree
from domain.errors import ErrorCode
from domain.exports import export_id, export_job_id
from domain.handle import Handled, handle
from domain.index_commands import CompleteIndex, IndexDataset
from domain.log import Trace
from domain.reference_commands import ReferenceDataset, ReleaseDataset
from domain.tokenization_commands import (
    CompleteExport,
    CompleteTokenization,
    DeleteTokenization,
    ExportTokenization,
    PinTokenization,
    TokenizeDataset,
)
from domain.trash import purge_job_id
from domain.trash_commands import CompletePurge, DeleteDataset, RestoreDataset
from tests.api.figures import RECIPE, SPLITS, STATISTICS, TOKEN_STATISTICS

Rows = Mapping[str, Sequence[Mapping[str, Any]]]

COMMIT = "c0ffee" * 6 + "c0ff"


@dataclass
class Story:
    """One dataset; every method is what happens next. Ids are those of the domain."""

    adapters: Adapters
    id: str
    job: str
    tokenization: str = ""
    export: str = ""

    def does(self, command: ask.Command) -> Handled:
        """Handle a command as a worker would."""
        return handle(self.adapters.log, command, Trace(str(uuid4()), str(uuid4())))

    def starts(self, job: str | None = None) -> "Story":
        self.does(ask.StartJob(dataset_id=self.id, job_id=job or self.job))
        return self

    def is_pinned(self) -> "Story":
        self.does(
            ask.PinDownload(
                dataset_id=self.id,
                job_id=self.job,
                commit=COMMIT,
                config="default",
                splits=list(SPLITS),
                license="mit",
                format={"name": "parquet", "options": {}},
                files=[],
                size_bytes=1000,
            )
        )
        return self

    def is_downloaded(self) -> "Story":
        ingest = str(uuid4())
        self.does(
            ask.CompleteDownload(dataset_id=self.id, job_id=self.job, folder="x", size_bytes=1000, ingest_job_id=ingest)
        )
        self.job = ingest
        return self

    def is_ingested(self, splits: Rows | None = None, *, skipped_rows: int = 0) -> "Story":
        """With these rows by split, or a few made-up ones."""
        splits = splits or {name: texts(f"one {name}", rows) for name, rows in SPLITS.items()}
        folder = f"datasets/{self.id}/data"
        write_folder(self.adapters.storage / folder, splits)
        self.does(
            ask.CompleteIngest(
                dataset_id=self.id,
                job_id=self.job,
                folder=folder,
                splits=[{"name": name, "rowCount": len(rows), "sizeBytes": 100} for name, rows in splits.items()],
                columns=columns_in(splits),
                text_column="text",
                row_count=sum(map(len, splits.values())),
                size_bytes=200,
                statistics=STATISTICS,
                originals_kept=False,
                skipped_rows=skipped_rows,
            )
        )
        return self

    def is_ready(self, splits: Rows | None = None) -> "Story":
        """From the request to READY."""
        return self.starts().is_pinned().is_downloaded().starts().is_ingested(splits)

    def fails(self, code: ErrorCode = ErrorCode.HUB_UNAVAILABLE) -> "Story":
        message = "The Hub cannot be reached: try again later."
        attempt = {"piece": "plan", "fence": 1, "code": code, "message": message, "retryable": False}
        self.does(ask.FailAttempt(dataset_id=self.id, job_id=self.job, **attempt))  # type: ignore[arg-type]
        return self

    def is_cancelled(self) -> "Story":
        self.does(ask.ConfirmCancel(dataset_id=self.id, job_id=self.job))
        return self

    def asks_for_an_index(self, **asked: Any) -> "Story":
        self.job = str(uuid4())
        self.does(IndexDataset(dataset_id=self.id, job_id=self.job, **asked))
        return self

    def is_indexed(self, *, indexed_rows: int = 9, size_bytes: int = 400) -> "Story":
        """From the request for an index of 12 rows to its end; the folder is called after its job."""
        self.starts()
        done: dict[str, Any] = {"folder": f"datasets/{self.id}/index-{self.job}-1", "language": None, "parts": 2}
        done |= {"size_bytes": size_bytes, "rows": 12, "indexed_rows": indexed_rows}
        self.does(CompleteIndex(dataset_id=self.id, job_id=self.job, **done))
        return self

    def asks_for_tokens(self, max_length: int = 16) -> "Story":
        """Each length is another tokenization."""
        self.tokenization, self.job = str(uuid4()), str(uuid4())
        ids = {"dataset_id": self.id, "tokenization_id": self.tokenization, "job_id": self.job}
        self.does(TokenizeDataset(**ids, tokenizer="builtin:byt5", recipe={"maxLength": max_length}))
        return self

    def is_tokenized(
        self,
        plan: Mapping[str, Any] | None = None,
        statistics: Mapping[str, Any] = TOKEN_STATISTICS,
        **recipe: Any,
    ) -> "Story":
        """From the request for tokens to READY; no two of a dataset are by one recipe."""
        self.starts()
        pin = {"tokenizer_commit": "builtin", "recipe": {**RECIPE, **recipe}, "vocabulary_size": 384, "plan": plan}
        self.does(PinTokenization(dataset_id=self.id, job_id=self.job, **pin))  # type: ignore[arg-type]
        done: dict[str, Any] = {"folder": "tokens", "size_bytes": 300, "statistics": statistics}
        self.does(CompleteTokenization(dataset_id=self.id, job_id=self.job, **done))
        return self

    def loses_its_tokens(self) -> "Story":
        self.does(DeleteTokenization(dataset_id=self.id, tokenization_id=self.tokenization))
        return self

    def asks_for_an_export(self) -> "Story":
        self.export, self.job = export_id(self.tokenization, "PARQUET"), export_job_id(self.tokenization, "PARQUET")
        ids = {"dataset_id": self.id, "tokenization_id": self.tokenization, "job_id": self.job}
        self.does(ExportTokenization(**ids, export_id=self.export))
        return self

    def is_exported(self, files: Mapping[str, bytes] | None = None) -> "Story":
        """From the request for an export to READY, with files of this content by their names."""
        self.starts()
        folder = f"datasets/{self.id}/export"
        content = {"train-00000-of-00001.parquet": b"PAR1"} if files is None else files
        (self.adapters.storage / folder).mkdir(parents=True)
        told = []
        for name, data in content.items():
            (self.adapters.storage / folder / name).write_bytes(data)
            sha256 = hashlib.sha256(data).hexdigest()
            told.append({"name": name, "split": "train", "rowCount": 3, "sizeBytes": len(data), "sha256": sha256})
        done: dict[str, Any] = {"folder": folder, "size_bytes": sum(map(len, content.values())), "files": told}
        self.does(CompleteExport(dataset_id=self.id, job_id=self.job, **done))
        return self

    def is_referenced(self, name: str = "training/42") -> "Story":
        self.does(ReferenceDataset(dataset_id=self.id, reference=name))
        return self

    def is_released(self, name: str = "training/42") -> "Story":
        self.does(ReleaseDataset(dataset_id=self.id, reference=name))
        return self

    def is_trashed(self) -> "Story":
        self.does(DeleteDataset(dataset_id=self.id))
        return self

    def is_restored(self) -> "Story":
        self.does(RestoreDataset(dataset_id=self.id))
        return self

    def is_being_purged(self) -> "Story":
        self.does(DeleteDataset(dataset_id=self.id, purge=True))
        self.job = purge_job_id(self.id)
        return self.starts()

    def is_purged(self) -> "Story":
        """From whatever it is to its end."""
        self.is_being_purged()
        remove_tree(self.adapters.storage / "datasets" / self.id)
        self.does(CompletePurge(dataset_id=self.id, job_id=self.job, bytes_freed=500))
        return self


def begin(adapters: Adapters, repository: str = "acme/english", **asked: Any) -> Story:
    """A dataset that was just asked for."""
    story = Story(adapters, str(uuid4()), str(uuid4()))
    asked = {"allow_duplicate": True, **asked}
    story.does(ask.DownloadDataset(dataset_id=story.id, job_id=story.job, repository=repository, **asked))
    return story


def write_history(adapters: Adapters, events: int) -> None:
    """So many events, each like one that was there and in a stream of its own; nobody is notified."""
    with adapters.pool.connection() as connection:
        connection.execute(
            "INSERT INTO events (stream, version, type, data, metadata)"
            " SELECT 'dataset-' || gen_random_uuid(), 1, type, data, metadata"
            " FROM (SELECT * FROM events ORDER BY position LIMIT 1) AS first, generate_series(1, %s)",
            (events,),
        )


def write_progress(adapters: Adapters, story: Story, done: int, total: int | None = 1000, unit: str = "BYTES") -> None:
    """A row of progress, and the NOTIFY that comes with it, as a worker would write it."""
    with adapters.pool.connection() as connection:
        connection.execute(
            "INSERT INTO progress (job_id, dataset_id, unit, finished, working, done, total, rate, updated_at)"
            " VALUES (%(job)s, %(dataset)s, %(unit)s, 0, '{}', %(done)s, %(total)s, 100.0, clock_timestamp())"
            " ON CONFLICT (job_id) DO UPDATE SET done = %(done)s, total = %(total)s, updated_at = clock_timestamp()",
            {"job": story.job, "dataset": story.id, "unit": unit, "done": done, "total": total},
        )
        connection.execute("SELECT pg_notify('progress', %s)", (story.id,))


def texts(beginning: str, rows: int) -> list[dict[str, Any]]:
    """Rows with a column `text` of three words."""
    return [{"text": f"{beginning} {number}"} for number in range(rows)]


def columns_in(splits: Rows) -> list[dict[str, Any]]:
    """The columns of rows, as an ingest tells them."""
    kinds = ((each.name, each.type) for each in schema_of(splits))
    return [{"name": name, "type": str(kind), "isText": pa.types.is_string(kind)} for name, kind in kinds]


def schema_of(splits: Rows) -> Any:
    """The pyarrow Schema of rows; without any, that of a text."""
    rows = [dict(row) for rows in splits.values() for row in rows]
    return pa.Table.from_pylist(rows).schema if rows else pa.schema([("text", pa.string())])


def write_folder(folder: Path, splits: Rows) -> None:
    """A DatasetDict folder of these rows, in two files a split."""
    folder.mkdir(parents=True)
    (folder / "dataset_dict.json").write_text(json.dumps({"splits": list(splits)}))
    for name, rows in splits.items():
        (folder / name).mkdir()
        table = pa.Table.from_pylist([dict(row) for row in rows], schema=schema_of(splits))
        half = len(rows) // 2
        files = {"0.arrow": table.slice(0, half), "1.arrow": table.slice(half)}
        for file, part in files.items():
            with pa.OSFile(str(folder / name / file), "wb") as sink, pa.ipc.new_stream(sink, table.schema) as stream:
                stream.write_table(part, max_chunksize=2)
        (folder / name / "state.json").write_text(json.dumps({"_data_files": [{"filename": file} for file in files]}))
