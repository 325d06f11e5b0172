"""What may be asked about the search index of a dataset."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class IndexReason(StrEnum):
    """Why an index is built."""

    READY = "READY"
    ASKED = "ASKED"
    LANGUAGE = "LANGUAGE"
    TEXT_COLUMN = "TEXT_COLUMN"
    DAMAGED = "DAMAGED"
    RESTORED = "RESTORED"


# What is here then is not searched on: it is not what was written, or has the lengths of another text.
NOT_SEARCHED_ON = (IndexReason.DAMAGED, IndexReason.TEXT_COLUMN)


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
    `language` is what their words were stemmed by (None: not at all). `statistics`: DatasetStatistics of the text
    column, where there were none."""

    dataset_id: str
    job_id: str
    folder: str
    size_bytes: int
    rows: int
    indexed_rows: int
    language: str | None
    parts: int
    statistics: Mapping[str, Any] | None = None
    sums_sha256: str | None = None


IndexCommand = IndexDataset | CompleteIndex
