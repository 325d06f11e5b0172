"""How a file that was uploaded or imported is read: as what it was found to be."""

from collections.abc import Mapping
from typing import Any

from domain.errors import ErrorCode, WorldFailure

READERS: Mapping[str, Mapping[str, Any]] = {
    "csv": {"name": "csv", "options": {}},
    "tsv": {"name": "csv", "options": {"sep": "\t"}},
    "json": {"name": "json", "options": {}},
    "jsonl": {"name": "json", "options": {}},
    "txt": {"name": "text", "options": {}},
    "parquet": {"name": "parquet", "options": {}},
    "arrow": {"name": "arrow", "options": {}},
}


def read_as(source: Mapping[str, Any]) -> Mapping[str, Any]:
    """The format of an UploadSource or ImportSource for its ingest; EMPTY_DATASET, UNSUPPORTED_FORMAT for what has
    none."""
    if source["sizeBytes"] == 0:
        message = f"{name_of(source)} is empty, so there are no rows: {_verb(source)} it with its content."
        raise WorldFailure(ErrorCode.EMPTY_DATASET, message)
    kind = source["format"].partition(".")[0]
    if kind not in READERS:
        message = (
            f"{name_of(source)} is in no format that is read here: {_verb(source)} {', '.join(READERS)}, text in "
            "UTF-8, as it is or as .gz or .zst."
        )
        raise WorldFailure(ErrorCode.UNSUPPORTED_FORMAT, message)
    return READERS[kind]


def name_of(source: Mapping[str, Any]) -> str:
    """What a file, or a folder of files, is called."""
    return str(source["fileName"] if source["kind"] == "UPLOAD" else source["path"])


def _verb(source: Mapping[str, Any]) -> str:
    return "upload" if source["kind"] == "UPLOAD" else "import"
