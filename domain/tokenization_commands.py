"""What may be asked about the tokens of a dataset."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenizeDataset:
    """Tokenize a ready dataset. `recipe` has the contract's field names and only what was asked.

    `secret` is the handle of the token to read the tokenizer with.
    """

    dataset_id: str
    tokenization_id: str
    job_id: str
    tokenizer: str
    revision: str | None = None
    recipe: Mapping[str, Any] = field(default_factory=dict)
    secret: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PinTokenization:
    """Fix the tokenizer to one commit (or hash of its files) and the recipe to what it resolves to. `plan` is the
    contract's TokenizationPlan: what the run is estimated to come to."""

    dataset_id: str
    job_id: str
    tokenizer_commit: str
    recipe: Mapping[str, Any]
    vocabulary_size: int
    plan: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FallBackTokenizationEngine:
    """A faster engine gave other ids than the tokenizer itself, which went on: in a row of a split, or in a probe."""

    dataset_id: str
    job_id: str
    piece: str
    split: str
    row: int | None
    engine: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CompleteTokenization:
    """The tokens are published in `folder`. `statistics` is the contract's TokenStatistics, `sums_sha256`
    the SHA-256 of the folder's sums (None: it has none)."""

    dataset_id: str
    job_id: str
    folder: str
    size_bytes: int
    statistics: Mapping[str, Any]
    sums_sha256: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportTokenization:
    """Write the tokens of a READY tokenization as files to be taken away. `domain.exports` gives the two ids."""

    dataset_id: str
    tokenization_id: str
    export_id: str
    job_id: str
    format: str = "PARQUET"


@dataclass(frozen=True, slots=True, kw_only=True)
class CompleteExport:
    """The files are published in `folder`, in the order of the splits and their rows (keys: name, split, rowCount,
    sizeBytes, sha256)."""

    dataset_id: str
    job_id: str
    folder: str
    size_bytes: int
    files: Sequence[Mapping[str, Any]]
    sums_sha256: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeleteTokenization:
    """Remove the tokens, and all exports of them; the same may be made anew at once."""

    dataset_id: str
    tokenization_id: str


TokenizationCommand = (
    TokenizeDataset
    | PinTokenization
    | FallBackTokenizationEngine
    | CompleteTokenization
    | ExportTokenization
    | CompleteExport
    | DeleteTokenization
)
