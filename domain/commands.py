"""What may be asked: imperative, frozen, checked by `decide`. Ids are chosen by the asker; times never stand here."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from domain.damage_commands import ReportDamage
from domain.describe_commands import DescribeDataset
from domain.errors import ErrorCode
from domain.import_commands import ImportDataset
from domain.index_commands import IndexCommand
from domain.reference_commands import ReferenceCommand
from domain.tokenization_commands import TokenizationCommand
from domain.trash_commands import TrashCommand


@dataclass(frozen=True, slots=True, kw_only=True)
class DownloadDataset:
    """Bring a dataset from the Hub. `splits` None means all; `config` None means the repository's own choice.

    `files` are globs, instead of config and splits. At most `max_rows` rows of each split and `max_bytes` bytes of all
    files are taken, from the front; None means all.
    `secret` is the handle of the token to read it with; None: the operator's, or none.
    `on_error` "SKIP" leaves out rows that cannot be read, and counts them; "FAIL" fails over the first.
    """

    dataset_id: str
    job_id: str
    repository: str
    revision: str = "main"
    config: str | None = None
    splits: Sequence[str] | None = None
    files: Sequence[str] | None = None
    max_rows: int | None = None
    max_bytes: int | None = None
    name: str | None = None
    text_column: str | None = None
    tags: Sequence[str] = ()
    allow_duplicate: bool = False
    secret: str | None = None
    on_error: str = "FAIL"


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadDataset:
    """Make a dataset of the file `path` in `folder` (relative to the storage), which was sent here as `file_name`.

    `format` says how it is read ("csv", "jsonl.gz"; "unknown" is told by the ingest), `on_error` as for a download.
    """

    dataset_id: str
    job_id: str
    folder: str
    path: str
    file_name: str
    format: str
    size_bytes: int
    sha256: str
    name: str | None = None
    text_column: str | None = None
    split: str = "train"
    on_error: str = "FAIL"


@dataclass(frozen=True, slots=True, kw_only=True)
class StartJob:
    """A worker has begun on the job."""

    dataset_id: str
    job_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PinDownload:
    """Fix what was asked to one commit and its files (keys: path, split, size, sha256, git_oid; and `take` where only
    a part of the dataset was asked for). `repository`: what the Hub calls it, which may be another name than was
    asked for."""

    dataset_id: str
    job_id: str
    commit: str
    config: str | None
    splits: Sequence[str]
    license: str | None
    format: Mapping[str, Any]
    files: Sequence[Mapping[str, Any]]
    size_bytes: int
    repository: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CompleteDownload:
    """All files are in `folder` (relative to the storage); the ingest follows as `ingest_job_id`.

    `files` are those of a part (keys: path, split, rows: at most so many of it); None: those that were pinned, whole.
    `sums_sha256`, as with all that publish a folder: the SHA-256 of its SHA256SUMS; None: it has none.
    """

    dataset_id: str
    job_id: str
    folder: str
    size_bytes: int
    ingest_job_id: str
    files: Sequence[Mapping[str, Any]] | None = None
    sums_sha256: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CompleteIngest:
    """The Arrow folder is published. Splits, columns and statistics have the shapes of the API contract.

    `skipped_rows` were left out; `skipped` tells of the first of them: {"file", "place", "reason"}.
    As `index_job_id` the index of its text follows, where it has any (None: only when it is asked for).
    """

    dataset_id: str
    job_id: str
    folder: str
    splits: Sequence[Mapping[str, Any]]
    columns: Sequence[Mapping[str, Any]]
    text_column: str | None
    row_count: int
    size_bytes: int
    statistics: Mapping[str, Any] | None
    originals_kept: bool
    skipped_rows: int = 0
    skipped: Sequence[Mapping[str, Any]] = ()
    index_job_id: str | None = None
    sums_sha256: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FailAttempt:
    """An attempt at a piece has ended badly: the world failed it, or (`lost`) its worker is gone.

    `fence` makes the report idempotent; `progressed` says that something durable was saved in this attempt;
    `jitter` in [0, 1) spreads the retries; `retry_after_seconds` is the wait that the world asked for, if it did.
    """

    dataset_id: str
    job_id: str
    piece: str
    fence: int
    code: ErrorCode
    message: str
    retryable: bool
    lost: bool = False
    progressed: bool = False
    jitter: float = 0.0
    retry_after_seconds: float | None = None
    error_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelJob:
    """Stop the job; its pieces go away."""

    dataset_id: str
    job_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmCancel:
    """Every worker has let go of the job."""

    dataset_id: str
    job_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryJob:
    """Go on with a failed job, or begin a cancelled one anew.

    `secret` is the handle of a token that replaces the job's; `gone` is the handle that the asker found to open
    nothing any more.
    """

    dataset_id: str
    job_id: str
    secret: str | None = None
    gone: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SavePreset:
    """Keep a tokenizer and a recipe under a name. `is_new`: there is no such preset yet; else it becomes what is given.

    `recipe` has the contract's field names and only what was asked; `tokenizer` None: it is named at each use.
    """

    preset_id: str
    name: str
    tokenizer: str | None = None
    recipe: Mapping[str, Any] = field(default_factory=dict)
    is_new: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class DeletePreset:
    """Forget a preset; what was tokenized with it stays as it is."""

    preset_id: str


DatasetCommand = (
    DownloadDataset
    | UploadDataset
    | ImportDataset
    | StartJob
    | PinDownload
    | CompleteDownload
    | CompleteIngest
    | FailAttempt
    | CancelJob
    | ConfirmCancel
    | RetryJob
    | DescribeDataset
    | ReportDamage
    | IndexCommand
    | ReferenceCommand
    | TokenizationCommand
    | TrashCommand
)

PresetCommand = SavePreset | DeletePreset

Command = DatasetCommand | PresetCommand
