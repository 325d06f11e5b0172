"""What may be said of files that are no longer what was written."""

from collections.abc import Sequence
from dataclasses import dataclass

from domain.errors import ErrorCode


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportDamage:
    """Of the published `folder` (relative to the storage) the files at `paths`, below it, are gone (CORRUPT_DATA) or
    altered (CHECKSUM_MISMATCH)."""

    dataset_id: str
    folder: str
    paths: Sequence[str]
    code: ErrorCode = ErrorCode.CHECKSUM_MISMATCH
