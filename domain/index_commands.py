"""What may be asked about the search index of a dataset."""

from dataclasses import dataclass
from enum import StrEnum


class IndexReason(StrEnum):
    """Why an index is built."""

    READY = "READY"
    ASKED = "ASKED"
    LANGUAGE = "LANGUAGE"
    DAMAGED = "DAMAGED"
    RESTORED = "RESTORED"


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexDataset:
    """Build the search index of a ready dataset anew; searches go on in the one that is here until then.

    `damaged_folder` (relative to the storage) is what was found damaged, where that is the reason: it is not searched
    any more.
    """

    dataset_id: str
    job_id: str
    reason: IndexReason = IndexReason.ASKED
    damaged_folder: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CompleteIndex:
    """The index is published in `folder`, `parts` of it in all. `indexed_rows` of `rows` can be found by their text;
    `language` is what their words were stemmed by (None: not at all)."""

    dataset_id: str
    job_id: str
    folder: str
    size_bytes: int
    rows: int
    indexed_rows: int
    language: str | None
    parts: int
    sums_sha256: str | None = None


IndexCommand = IndexDataset | CompleteIndex
