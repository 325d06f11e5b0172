"""Reading an ingested split by memory map, and cutting rows into parts of about equal text, by Arrow offsets alone."""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from domain.errors import ErrorCode, WorldFailure

ROW_BYTES = 8  # what a row counts besides its text, so that rows without text fill a part too


def split_names(folder: Path) -> list[str]:
    """The splits of a DatasetDict folder, in the source's order."""
    names: list[str] = json.loads((folder / "dataset_dict.json").read_text(encoding="utf-8"))["splits"]
    return names


def text_of(folder: Path, split: str, column: str) -> Any:
    """The text column of a split as a pyarrow ChunkedArray over memory-mapped files.

    COLUMN_NOT_FOUND, COLUMN_NOT_TEXT.
    """
    table = pa.concat_tables([_mapped(path) for path in _files(folder / split)])
    if column not in table.column_names:
        message = f"There is no column {column!r}: the dataset has {', '.join(table.column_names)}."
        raise WorldFailure(ErrorCode.COLUMN_NOT_FOUND, message)
    if not _is_text(table.schema.field(column).type):
        found = table.schema.field(column).type
        message = f"Column {column!r} holds {found}, not text: name a text column."
        raise WorldFailure(ErrorCode.COLUMN_NOT_TEXT, message)
    return table.column(column)


def parts_of(texts: Any, part_bytes: int) -> list[tuple[int, int]]:
    """(start, stop) rows of parts of about `part_bytes` of text each; a longer text stands in a part with few others.

    No rows give one empty part.
    """
    starts = [0, *_new_parts(texts.chunks, part_bytes)]
    return list(zip(starts, [*starts[1:], len(texts)], strict=True))


def _new_parts(chunks: Iterable[Any], part_bytes: int) -> Iterator[int]:
    """The first row of each part but the first: those whose text begins past the next multiple of `part_bytes`."""
    row, bytes_before, part_before = 0, 0, 0
    for chunk in chunks:
        weights = _text_bytes(chunk) + ROW_BYTES
        ends = bytes_before + np.cumsum(weights)
        parts = (ends - weights) // part_bytes
        changes = np.diff(parts, prepend=part_before)
        yield from (row + np.flatnonzero(changes)).tolist()
        if len(chunk):
            row, bytes_before, part_before = row + len(chunk), int(ends[-1]), int(parts[-1])


def _text_bytes(chunk: Any) -> Any:
    if pa.types.is_string_view(chunk.type):
        chunk = chunk.cast(pa.large_string())
    return pc.fill_null(pc.binary_length(chunk), 0).to_numpy(zero_copy_only=False).astype(np.int64)


def _is_text(kind: Any) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind))


def _files(folder: Path) -> list[Path]:
    state = json.loads((folder / "state.json").read_text(encoding="utf-8"))
    return [folder / file["filename"] for file in state["_data_files"]]


def _mapped(path: Path) -> Any:
    return pa.ipc.open_stream(pa.memory_map(str(path))).read_all()
