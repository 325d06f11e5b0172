"""What has happened to the tokens of a dataset. Stored as all events are."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


def _with(tokenizer: str | None) -> str:
    """Events of before did not say which tokenizer it was."""
    return f" with {tokenizer}" if tokenizer else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenizationRequested:
    tokenization_id: str
    job_id: str
    tokenizer: str
    recipe: Mapping[str, Any]
    recipe_hash: str
    revision: str | None = None
    secret: str | None = None

    def summary(self) -> str:
        return f"Tokenization with {self.tokenizer} was requested"


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenizationPinned:
    tokenization_id: str
    job_id: str
    tokenizer_commit: str
    recipe: Mapping[str, Any]
    recipe_hash: str
    vocabulary_size: int
    plan: Mapping[str, Any] | None = None
    tokenizer: str | None = None

    def summary(self) -> str:
        return f"Tokenizer {self.tokenizer or ''}".rstrip() + f" was pinned to {self.tokenizer_commit[:12]}"


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenizationEngineFellBack:
    """`engine` went on where a faster one gave other ids: from a row of a split, or (None) from the first on."""

    tokenization_id: str
    job_id: str
    piece: str
    split: str
    row: int | None
    engine: str
    reason: str

    def summary(self) -> str:
        where = "a probe" if self.row is None else f"row {self.row:,} of {self.split}"
        return f"Tokenizing goes on with {self.engine}: at {where} {self.reason}"


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenizationCompleted:
    tokenization_id: str
    job_id: str
    folder: str
    size_bytes: int
    statistics: Mapping[str, Any]
    tokenizer: str | None = None
    sums_sha256: str | None = None

    def summary(self) -> str:
        tokens, sequences = self.statistics["tokenCount"], self.statistics["sequenceCount"]
        return f"Tokenized{_with(self.tokenizer)}: {tokens:,} tokens in {sequences:,} sequences"


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportRequested:
    export_id: str
    tokenization_id: str
    job_id: str
    format: str
    tokenizer: str | None = None

    def summary(self) -> str:
        return f"Export of the tokenization{_with(self.tokenizer)} as {self.format} was requested"


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportCompleted:
    export_id: str
    tokenization_id: str
    job_id: str
    folder: str
    size_bytes: int
    files: Sequence[Mapping[str, Any]]
    tokenizer: str | None = None
    sums_sha256: str | None = None

    def summary(self) -> str:
        what = f"the tokenization{_with(self.tokenizer)}"
        return f"Exported {what}: {self.size_bytes:,} bytes in {len(self.files):,} files"


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenizationDeleted:
    """It is gone with its exports, and the job is to remove their files: the folders of these `jobs`, which made them.
    So many other tokenizations of the dataset are left."""

    tokenization_id: str
    job_id: str
    tokenizer: str
    jobs: Sequence[str]
    tokenizations_left: int

    def summary(self) -> str:
        exports = f" and {len(self.jobs) - 1} exports of it" if len(self.jobs) > 1 else ""
        return f"A tokenization with {self.tokenizer}{exports} was deleted"


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenizationPurged:
    """The files of one that was deleted are removed."""

    tokenization_id: str
    job_id: str
    bytes_freed: int
    files_left: int = 0

    def summary(self) -> str:
        return f"Files of a deleted tokenization: {self.bytes_freed:,} bytes freed, {self.files_left:,} files left"


TokenizationEvent = (
    TokenizationRequested
    | TokenizationPinned
    | TokenizationEngineFellBack
    | TokenizationCompleted
    | ExportRequested
    | ExportCompleted
    | TokenizationDeleted
    | TokenizationPurged
)
