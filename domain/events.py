"""What has happened: past tense, frozen, stored by name. Stored events are never edited; old shapes are upcast."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from domain.damage_events import DamageFound
from domain.described import DescribeEvent
from domain.import_events import ImportRequested
from domain.index_events import IndexEvent
from domain.reference_events import ReferenceEvent
from domain.tokenization_events import TokenizationEvent
from domain.trash_events import TrashEvent

# What makes a source a part of a repository's data; older events were stored without these keys.
PART = ("files", "maxRows", "maxBytes")


def is_part(source: Mapping[str, Any]) -> bool:
    """Whether less than whole splits was asked for."""
    return any(source.get(key) is not None for key in PART)


# Kinds of jobs, as a sentence has them.
NOUNS: Mapping[str, str] = {
    "DOWNLOAD": "Download",
    "INGEST": "Ingest",
    "INDEX": "Indexing of the text",
    "TOKENIZE": "Tokenization",
    "EXPORT": "Export",
    "PURGE": "Purge",
}
STAGES = {"plan": "its plan", "complete": "its completion"}


@dataclass(frozen=True, slots=True, kw_only=True)
class DownloadRequested:
    job_id: str
    source: Mapping[str, Any]
    name: str
    text_column: str | None = None
    tags: Sequence[str] = ()
    allow_duplicate: bool = False
    secret: str | None = None
    on_error: str = "FAIL"

    def summary(self) -> str:
        what = "a part of " if is_part(self.source) else ""
        return f"Download of {what}{self.source['repository']} at {self.source['revision']} was requested"


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadReceived:
    """The file is in `folder`, and its ingest begins. `files`: its one, as of a part of a dataset."""

    job_id: str
    source: Mapping[str, Any]
    name: str
    folder: str
    files: Sequence[Mapping[str, Any]]
    text_column: str | None = None
    on_error: str = "FAIL"

    def summary(self) -> str:
        return f"{self.source['fileName']} was uploaded: {self.source['sizeBytes']:,} bytes; the ingest follows"


@dataclass(frozen=True, slots=True, kw_only=True)
class JobStarted:
    job_id: str
    kind: str
    attempt: int

    def summary(self) -> str:
        return f"{NOUNS[self.kind]} began (attempt {self.attempt})"


@dataclass(frozen=True, slots=True, kw_only=True)
class DownloadPinned:
    job_id: str
    commit: str
    config: str | None
    splits: Sequence[str]
    license: str | None
    format: Mapping[str, Any]
    files: Sequence[Mapping[str, Any]]
    size_bytes: int
    repository: str | None = None

    def summary(self) -> str:
        return f"Pinned to commit {self.commit[:12]}: {len(self.files)} files, {self.size_bytes:,} bytes"


@dataclass(frozen=True, slots=True, kw_only=True)
class DownloadCompleted:
    job_id: str
    folder: str
    size_bytes: int
    ingest_job_id: str
    files: Sequence[Mapping[str, Any]] | None = None
    sums_sha256: str | None = None

    def summary(self) -> str:
        return f"Downloaded {self.size_bytes:,} bytes; the ingest follows"


@dataclass(frozen=True, slots=True, kw_only=True)
class IngestCompleted:
    job_id: str
    folder: str
    splits: Sequence[Mapping[str, Any]]
    columns: Sequence[Mapping[str, Any]]
    text_column: str | None
    row_count: int
    size_bytes: int
    statistics: Mapping[str, Any] | None
    originals_kept: bool = False
    skipped_rows: int = 0
    skipped: Sequence[Mapping[str, Any]] = ()
    sums_sha256: str | None = None

    def summary(self) -> str:
        skipped = f"; {self.skipped_rows:,} could not be read and were skipped" if self.skipped_rows else ""
        return f"Ready: {self.row_count:,} rows in {len(self.splits)} splits{skipped}"


@dataclass(frozen=True, slots=True, kw_only=True)
class JobAttemptFailed:
    job_id: str
    piece: str
    fence: int
    code: str
    message: str
    lost: bool
    losses: int
    failures: int
    retry_in_seconds: float

    def summary(self) -> str:
        where = f"piece {int(self.piece) + 1:,}" if self.piece.isdecimal() else STAGES.get(self.piece, self.piece)
        again = f"tried again in {self.retry_in_seconds:.0f} s" if self.retry_in_seconds else "tried again at once"
        return f"An attempt at {where} failed ({self.code}) and is {again}: {self.message}"


@dataclass(frozen=True, slots=True, kw_only=True)
class JobFailed:
    job_id: str
    kind: str
    code: str
    message: str
    retryable: bool
    error_id: str | None = None

    def summary(self) -> str:
        return f"{NOUNS[self.kind]} failed ({self.code}): {self.message}"


@dataclass(frozen=True, slots=True, kw_only=True)
class JobCancelRequested:
    job_id: str
    kind: str

    def summary(self) -> str:
        return f"{NOUNS[self.kind]} is to stop"


@dataclass(frozen=True, slots=True, kw_only=True)
class JobCancelled:
    job_id: str
    kind: str

    def summary(self) -> str:
        return f"{NOUNS[self.kind]} was cancelled"


@dataclass(frozen=True, slots=True, kw_only=True)
class JobRetryRequested:
    job_id: str
    kind: str
    attempt: int
    anew: bool = False
    secret: str | None = None  # None: the one that the job has

    def summary(self) -> str:
        return f"{NOUNS[self.kind]} is to {'begin anew' if self.anew else 'go on'} (attempt {self.attempt})"


@dataclass(frozen=True, slots=True, kw_only=True)
class PresetSaved:
    """A preset is like this from now on; the first one of a stream makes it."""

    name: str
    tokenizer: str | None
    recipe: Mapping[str, Any]

    def summary(self) -> str:
        return f"Preset {self.name} was saved"


@dataclass(frozen=True, slots=True, kw_only=True)
class PresetDeleted:
    name: str

    def summary(self) -> str:
        return f"Preset {self.name} was deleted"


DatasetEvent = (
    DownloadRequested
    | UploadReceived
    | ImportRequested
    | JobStarted
    | DownloadPinned
    | DownloadCompleted
    | IngestCompleted
    | JobAttemptFailed
    | JobFailed
    | JobCancelRequested
    | JobCancelled
    | JobRetryRequested
    | DescribeEvent
    | DamageFound
    | IndexEvent
    | ReferenceEvent
    | TokenizationEvent
    | TrashEvent
)

PresetEvent = PresetSaved | PresetDeleted

Event = DatasetEvent | PresetEvent
