"""What may be asked about files of this machine."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportDataset:
    """Make a dataset of the file or folder `path`, below the folder of imports.

    `files` are those that were found there (keys: from, its path below that folder; path, under which it is kept;
    split, format, size). `format` is what they have in common ("csv", "jsonl.gz"); `on_error` as for a download.
    """

    dataset_id: str
    job_id: str
    path: str
    files: Sequence[Mapping[str, Any]]
    format: str
    size_bytes: int
    name: str
    text_column: str | None = None
    on_error: str = "FAIL"
