"""Histories of one dataset, each the whole story so far."""

from domain import events as past
from domain.damage_events import DamageFound
from domain.import_events import ImportRequested
from domain.index_events import IndexCompleted, IndexRequested
from domain.tokenization_events import (
    ExportCompleted,
    ExportRequested,
    TokenizationCompleted,
    TokenizationEngineFellBack,
    TokenizationRequested,
)
from domain.trash import purge_job_id
from domain.trash_events import DatasetPurged, DatasetPurgeRequested, DatasetTrashed

DATASET = "00000000-0000-4000-8000-000000000001"
JOB = "00000000-0000-4000-8000-000000000002"
INGEST_JOB = "00000000-0000-4000-8000-000000000003"
TOKENIZATION = "00000000-0000-4000-8000-000000000004"
TOKENIZE_JOB = "00000000-0000-4000-8000-000000000005"
EXPORT = "00000000-0000-4000-8000-000000000006"
EXPORT_JOB = "00000000-0000-4000-8000-000000000007"
PRESET = "00000000-0000-4000-8000-000000000008"
PURGE_JOB = purge_job_id(DATASET)
INDEX_JOB = "00000000-0000-4000-8000-000000000009"
SECOND_INGEST_JOB = "00000000-0000-4000-8000-00000000000a"

COUNTS = {
    "sequenceCount": 4,
    "sourceTokens": 100,
    "keptTokens": 70,
    "truncatedTokens": 20,
    "filteredTokens": 6,
    "tailTokens": 4,
    "outputCells": 95,
    "realCells": 70,
    "specialCells": 8,
    "overlapCells": 10,
    "paddingCells": 7,
    "tokenCount": 78,
}

FILES = ({"path": "train.parquet", "split": "train", "size": 10, "sha256": None, "git_oid": None},)
PIN = {
    "commit": "c" * 40,
    "config": "default",
    "splits": ("train", "test"),
    "license": "mit",
    "format": {"name": "parquet", "options": {}},
    "files": FILES,
    "size_bytes": 10,
}
SENT = {
    "folder": f"datasets/{DATASET}/upload-{INGEST_JOB}",
    "path": "rows.csv",
    "file_name": "rows.csv",
    "format": "csv",
    "size_bytes": 10,
    "sha256": "a" * 64,
}
FOUND = (
    {"from": "news/train.csv", "path": "train.csv", "split": "train", "format": "csv", "size": 6},
    {"from": "news/test.csv", "path": "test.csv", "split": "test", "format": "csv", "size": 4},
)
IMPORT = {"path": "news", "name": "news", "format": "csv", "size_bytes": 10, "files": FOUND}
COPIED = tuple({"path": file["path"], "split": file["split"], "sha256": "a" * 64} for file in FOUND)
FALLBACK = {
    "piece": "00000",
    "split": "train",
    "row": 1_234,
    "engine": "tokenizers",
    "reason": "compiled gave other ids than tokenizers",
}
INGESTED = {
    "folder": "datasets/data",
    "splits": (
        {"name": "train", "rowCount": 3, "sizeBytes": 8},
        {"name": "test", "rowCount": 1, "sizeBytes": 2},
    ),
    "columns": ({"name": "text", "type": "string", "isText": True},),
    "row_count": 4,
    "size_bytes": 10,
    "statistics": None,
    "originals_kept": False,
}
INDEX = {"folder": "datasets/index", "size_bytes": 6, "rows": 4, "indexed_rows": 3, "language": None, "parts": 2}
EXPORTED = (
    {"name": "train-00000-of-00001.parquet", "split": "train", "rowCount": 3, "sizeBytes": 5, "sha256": "5" * 64},
)


def queued(*, config=None, allow_duplicate=False):
    source = {"kind": "HUB", "repository": "acme/english", "revision": "main", "config": config, "splits": None}
    return [
        past.DownloadRequested(job_id=JOB, source=source, name="acme/english", allow_duplicate=allow_duplicate),
    ]


def downloading():
    return [*queued(), past.JobStarted(job_id=JOB, kind="DOWNLOAD", attempt=1)]


def pinned():
    return [*downloading(), past.DownloadPinned(job_id=JOB, **PIN)]


def ingesting():
    return [
        *pinned(),
        past.DownloadCompleted(job_id=JOB, folder="datasets/source", size_bytes=10, ingest_job_id=INGEST_JOB),
        past.JobStarted(job_id=INGEST_JOB, kind="INGEST", attempt=1),
    ]


def ready(*, text_column="text"):
    return [*ingesting(), past.IngestCompleted(job_id=INGEST_JOB, text_column=text_column, **INGESTED)]


def imported(*files):
    """A ready dataset of files of this machine."""
    source = {"kind": "IMPORT", "path": "news", "format": "csv", "sizeBytes": 10}
    copied = {"folder": "datasets/source", "size_bytes": 10, "ingest_job_id": INGEST_JOB, "files": files or COPIED}
    return [
        ImportRequested(job_id=JOB, source=source, name="news", files=FOUND),
        past.JobStarted(job_id=JOB, kind="DOWNLOAD", attempt=1),
        past.DownloadCompleted(job_id=JOB, **copied),
        *ready()[-2:],
    ]


def made_again(history, *files, columns=INGESTED["columns"]):
    """Data that was found damaged is here again, of the files as they are by now."""
    found = {"what": "DATA", "folder": "datasets/data", "paths": ("train/data.arrow",), "count": 1, "again": JOB}
    copied = {
        "folder": "datasets/source-2",
        "size_bytes": 10,
        "ingest_job_id": SECOND_INGEST_JOB,
        "files": files or None,
    }
    ingested = {**INGESTED, "folder": "datasets/data-2", "columns": columns}
    error = {"code": "CHECKSUM_MISMATCH", "message": "It is altered.", "retryable": True}
    return [
        *history,
        DamageFound(job_id=INGEST_JOB, **found),
        past.JobFailed(job_id=JOB, kind="DOWNLOAD", **error),
        past.JobRetryRequested(job_id=JOB, kind="DOWNLOAD", attempt=2),
        past.JobStarted(job_id=JOB, kind="DOWNLOAD", attempt=2),
        past.DownloadCompleted(job_id=JOB, **copied),
        past.JobStarted(job_id=SECOND_INGEST_JOB, kind="INGEST", attempt=1),
        past.IngestCompleted(job_id=SECOND_INGEST_JOB, text_column="text", **ingested),
    ]


def indexing():
    return [
        *ready(),
        IndexRequested(job_id=INDEX_JOB, reason="READY"),
        past.JobStarted(job_id=INDEX_JOB, kind="INDEX", attempt=1),
    ]


def indexed():
    return [*indexing(), IndexCompleted(job_id=INDEX_JOB, **INDEX)]


def tokenizing():
    return [
        *ready(),
        TokenizationRequested(
            tokenization_id=TOKENIZATION, job_id=TOKENIZE_JOB, tokenizer="builtin:byt5", recipe={}, recipe_hash="h"
        ),
        past.JobStarted(job_id=TOKENIZE_JOB, kind="TOKENIZE", attempt=1),
    ]


def fallen_back():
    told = TokenizationEngineFellBack(tokenization_id=TOKENIZATION, job_id=TOKENIZE_JOB, **FALLBACK)
    return [*tokenizing(), told]


def tokenized():
    return [
        *tokenizing(),
        TokenizationCompleted(
            tokenization_id=TOKENIZATION, job_id=TOKENIZE_JOB, folder="tokens", size_bytes=5, statistics=COUNTS
        ),
    ]


def exporting():
    return [
        *tokenized(),
        ExportRequested(export_id=EXPORT, tokenization_id=TOKENIZATION, job_id=EXPORT_JOB, format="PARQUET"),
        past.JobStarted(job_id=EXPORT_JOB, kind="EXPORT", attempt=1),
    ]


def trashed():
    return [*ready(), DatasetTrashed()]


def purging():
    """Of a dataset whose tokens were exported."""
    return [
        *exporting(),
        ExportCompleted(
            export_id=EXPORT,
            tokenization_id=TOKENIZATION,
            job_id=EXPORT_JOB,
            folder="export",
            size_bytes=5,
            files=EXPORTED,
        ),
        DatasetTrashed(),
        DatasetPurgeRequested(job_id=PURGE_JOB),
        past.JobStarted(job_id=PURGE_JOB, kind="PURGE", attempt=1),
    ]


def purged():
    return [*purging(), DatasetPurged(job_id=PURGE_JOB, bytes_freed=1_234)]


def saved(*, name="short", tokenizer="builtin:byt5", **recipe):
    return [past.PresetSaved(name=name, tokenizer=tokenizer, recipe=recipe)]
