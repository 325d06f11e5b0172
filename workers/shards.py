"""Reading an ingested split by memory map, and cutting rows into parts of about equal text, by Arrow offsets alone."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from domain.errors import ErrorCode, WorldFailure

ROW_BYTES = 8  # what a row counts besides its text, so that rows without text fill a part too

Weights = npt.NDArray[np.int64]


def split_names(folder: Path) -> list[str]:
    """The splits of a DatasetDict folder, in the source's order."""
    names: list[str] = json.loads((folder / "dataset_dict.json").read_text(encoding="utf-8"))["splits"]
    return names


def columns_of(folder: Path, split: str, columns: Sequence[str]) -> Any:
    """Columns of a split as a pyarrow Table over memory-mapped files. COLUMN_NOT_FOUND."""
    table = pa.concat_tables([_mapped(path) for path in _files(folder / split)])
    if missing := [name for name in columns if name not in table.column_names]:
        message = f"There is no column {missing[0]!r}: the dataset has {', '.join(table.column_names)}."
        raise WorldFailure(ErrorCode.COLUMN_NOT_FOUND, message)
    return table.select(list(dict.fromkeys(columns)))


def check_text(table: Any) -> None:
    """COLUMN_NOT_TEXT for the first column that is none."""
    for field in table.schema:
        if not is_text(field.type):
            message = f"Column {field.name!r} holds {field.type}, not text: name a text column."
            raise WorldFailure(ErrorCode.COLUMN_NOT_TEXT, message)


def is_text(kind: Any) -> bool:
    """Whether a pyarrow type is one of the string types."""
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind))


def parts_of(table: Any, part_bytes: int) -> list[tuple[int, int]]:
    """(start, stop) rows of parts of about `part_bytes` of text each; a longer text stands in a part with few others.

    No rows give one empty part.
    """
    starts = [0, *_new_parts(table, part_bytes)]
    return list(zip(starts, [*starts[1:], table.num_rows], strict=True))


def _new_parts(table: Any, part_bytes: int) -> Iterator[int]:
    """The first row of each part but the first: those whose text begins past the next multiple of `part_bytes`."""
    row, bytes_before, part_before = 0, 0, 0
    for batch in table.to_batches():
        weights = _weights(batch)
        ends = bytes_before + np.cumsum(weights)
        parts = (ends - weights) // part_bytes
        changes = np.diff(parts, prepend=part_before)
        yield from (row + np.flatnonzero(changes)).tolist()
        if batch.num_rows:
            row, bytes_before, part_before = row + batch.num_rows, int(ends[-1]), int(parts[-1])


def weight_of(table: Any) -> int:
    """Bytes of all text of a pyarrow Table, and what its rows count besides."""
    return sum(int(_weights(batch).sum()) for batch in table.to_batches())


def _weights(batch: Any) -> Weights:
    return sum((_text_bytes(column) for column in batch.columns), np.full(batch.num_rows, ROW_BYTES))


def _text_bytes(array: Any) -> Weights:
    """Bytes of text in each row of a pyarrow Array, also within lists and structs."""
    if pa.types.is_string_view(array.type):
        array = array.cast(pa.large_string())
    if is_text(array.type):
        lengths: Weights = pc.fill_null(pc.binary_length(array), 0).to_numpy(zero_copy_only=False).astype(np.int64)
        return lengths
    if pa.types.is_list(array.type) or pa.types.is_large_list(array.type):
        ends = np.concatenate(([0], np.cumsum(_text_bytes(array.values))))
        within: Weights = np.diff(ends[array.offsets.to_numpy()])
        return within
    if pa.types.is_struct(array.type):
        return sum((_text_bytes(child) for child in array.flatten()), np.zeros(len(array), np.int64))
    return np.zeros(len(array), np.int64)


def _files(folder: Path) -> list[Path]:
    state = json.loads((folder / "state.json").read_text(encoding="utf-8"))
    return [folder / file["filename"] for file in state["_data_files"]]


def _mapped(path: Path) -> Any:
    return pa.ipc.open_stream(pa.memory_map(str(path))).read_all()
