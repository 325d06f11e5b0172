"""A dataset from its request to its tokens, folded from its stream. Pure: no clock, no I/O."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from hashlib import sha256
from typing import Any

from domain import events as past
from domain.described import Description
from domain.jobs import Job, JobKind


class DatasetStatus(StrEnum):
    """Where a dataset stands."""

    QUEUED = "QUEUED"
    DOWNLOADING = "DOWNLOADING"
    INGESTING = "INGESTING"
    READY = "READY"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"
    TRASHED = "TRASHED"
    PURGING = "PURGING"


WORKING = {JobKind.DOWNLOAD: DatasetStatus.DOWNLOADING, JobKind.INGEST: DatasetStatus.INGESTING}


@dataclass(frozen=True, slots=True)
class Tokenization:
    """One tokenization of the dataset, `asked` for by the event of this `version`; once a worker has looked, `commit`
    pins its tokenizer, `recipe` is what was asked with all that it leads to, and `pinned_hash` is equal for equal
    work. `text_column` is the dataset's when it was asked for: what a recipe means that names no column. `made_of` is
    what the dataset's data was fixed to then: see `data_of`."""

    id: str
    job_id: str
    version: int
    tokenizer: str
    revision: str | None
    asked: Mapping[str, Any]
    recipe: Mapping[str, Any]
    commit: str | None = None
    pinned_hash: str | None = None
    folder: str | None = None
    text_column: str | None = None
    made_of: str | None = None
    has_fallen_back: bool = False


@dataclass(frozen=True, slots=True)
class Export:
    """Files of a tokenization to be taken away; `folder` once they are there. `version` is that of its request."""

    id: str
    tokenization_id: str
    format: str
    version: int
    folder: str | None = None


@dataclass(frozen=True, slots=True)
class Index:
    """The search index: the job that was last to build one, asked for by the event of this `version`, and the `folder`
    that is searched (None: none is whole)."""

    job_id: str
    version: int
    folder: str | None = None


@dataclass(frozen=True, slots=True)
class Dataset:
    """The folded stream. `source` is what was asked of the Hub, or sent here, `pin` what it was fixed to; `downloaded`
    and `folder` name the original files and the Arrow folder, relative to the storage. `fetched` are the files of a
    part or of an upload, or those that an import, asked for `asked_files`, has copied; once the folder is there, the
    originals stay only where they are `originals_kept`. `exports` are by their jobs; `columns` says of each whether it
    is text. It `has_figures` until another one is made the text column, and again once that is counted. `removals` are
    the jobs whose folders go, by the job that removes them. `references` name who uses it outside of this service.
    `trashed_from` is the status that it would be restored to; of one that `is_purged` there is the story alone."""

    id: str
    status: DatasetStatus
    description: Description
    source: Mapping[str, Any]
    allow_duplicate: bool
    version: int = 0
    asked_text_column: str | None = None
    on_error: str = "FAIL"
    pin: past.DownloadPinned | None = None
    downloaded: str | None = None
    fetched: tuple[Mapping[str, Any], ...] | None = None
    asked_files: tuple[Mapping[str, Any], ...] = ()
    folder: str | None = None
    originals_kept: bool = False
    splits: tuple[str, ...] = ()
    columns: Mapping[str, bool] = field(default_factory=dict)
    text_column: str | None = None
    has_figures: bool = True
    jobs: Mapping[str, Job] = field(default_factory=dict)
    tokenizations: Mapping[str, Tokenization] = field(default_factory=dict)
    exports: Mapping[str, Export] = field(default_factory=dict)
    index: Index | None = None
    removals: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    references: tuple[str, ...] = ()
    trashed_from: DatasetStatus | None = None
    is_purged: bool = False


@dataclass(frozen=True, slots=True)
class Earlier:
    """What the very same command led to before, and still holds: the version of its first event, and the ids that it
    made or touched, by the payload's field names."""

    version: int
    objects: Mapping[str, str]


def stream_of(dataset_id: str) -> str:
    """The name of a dataset's stream."""
    return f"dataset-{dataset_id}"


def dataset_id_of(stream: str) -> str:
    """The dataset of a stream's name."""
    return stream.removeprefix("dataset-")


def canonical(value: object) -> str:
    """One spelling for equal JSON values."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"))


def data_of(state: Dataset) -> str | None:
    """What the data is fixed to: a commit of the Hub, the hash of a file that was sent here, or those of files that
    were copied here. What was damaged may be made again of other files."""
    if state.pin is not None:
        return state.pin.commit
    copied = [str(file["sha256"]) for file in state.fetched or () if "sha256" in file]
    return digest(copied) if copied else state.source.get("sha256")


def recipe_hash(tokenizer: str, recipe: Mapping[str, Any], *pins: str | None) -> str:
    """Equal for equal work: the canonical recipe, its tokenizer and what both are pinned to."""
    return digest([tokenizer, recipe, pins])


def digest(value: object) -> str:
    """64 hex digits, equal for equal JSON values."""
    return sha256(canonical(value).encode()).hexdigest()
