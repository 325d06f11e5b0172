"""Sequences as rows of Arrow files: the type of their ids, padding to one width, the attention mask."""

import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np
import pyarrow as pa

from domain.errors import ErrorCode, WorldFailure
from workers.arrow_folder import StreamFile, schema_with_features, write_stream
from workers.engines import Tokens
from workers.recipes import is_padded
from workers.special_ids import id_of, id_type_of
from workers.tokens import joined

BATCH_CELLS = 1 << 20
FILE_CELLS = 1 << 28
MASK_BYTES = 1


@dataclass(frozen=True, slots=True)
class Layout:
    """How rows are kept. `pad` is (id, side) where they are padded, "right" or "left" of the text.

    Ids are of `id_type` (uint16 or int32); a padded row has an `attention_mask` (int8), 0 where its cell is padding.
    """

    id_type: str
    pad: tuple[int, str] | None

    @property
    def features(self) -> dict[str, Any]:
        """As `Features.to_dict()` of `datasets` has it."""
        columns = {"input_ids": self.id_type} | ({"attention_mask": "int8"} if self.pad else {})
        return {name: {"feature": {"dtype": kind, "_type": "Value"}, "_type": "List"} for name, kind in columns.items()}

    @property
    def schema(self) -> Any:
        """The pyarrow schema of the files."""
        fields = [(name, pa.list_(_KINDS[column["feature"]["dtype"]])) for name, column in self.features.items()]
        return schema_with_features(pa.schema(fields), self.features)

    def batches(self, tokens: Tokens, width: int | None) -> Iterator[tuple[Any, int]]:
        """Record batches of the rows with the padding cells of each; padded to `width` where rows are padded."""
        if self.pad is None:
            yield pa.record_batch([list_column(tokens.ids.astype(self.id_type), tokens.offsets)], schema=self.schema), 0
            return
        assert width is not None, "rows are padded to something"
        for part in in_rows([tokens], max(1, BATCH_CELLS // max(1, width))):
            yield self._padded(part, width)

    def _padded(self, tokens: Tokens, width: int) -> tuple[Any, int]:
        assert self.pad is not None
        token, side = self.pad
        lengths = tokens.lengths[:, None]
        places = np.arange(width)
        filled = places >= width - lengths if side == "left" else places < lengths
        ids = np.full(filled.shape, token, self.id_type)
        ids[filled] = tokens.ids
        offsets = np.arange(len(lengths) + 1) * width
        columns = [list_column(ids.ravel(), offsets), list_column(filled.view(np.int8).ravel(), offsets)]
        return pa.record_batch(columns, schema=self.schema), int(np.count_nonzero(~filled))

    def shifts(self, tokens: Tokens, width: int | None) -> Any:
        """By how many cells padding moves the text of each row to the right."""
        if width is None or self.pad is None or self.pad[1] != "left":
            return np.zeros(len(tokens.lengths), np.int64)
        return width - tokens.lengths


_KINDS = {"uint16": pa.uint16(), "int32": pa.int32(), "int8": pa.int8()}


def layout_of(tokenizer: Any, recipe: Mapping[str, Any]) -> Layout:
    """What a resolved recipe makes of a tokenizer's ids."""
    if not is_padded(recipe):
        return unpadded_layout(tokenizer)
    return Layout(id_type_of(tokenizer), (id_of(tokenizer, recipe["padToken"], "padToken"), tokenizer.padding_side))


def unpadded_layout(tokenizer: Any) -> Layout:
    """Of rows that are padded later, or never."""
    return Layout(id_type_of(tokenizer), None)


def require_room(folder: Path, rows: int, width: int, id_type: str, to: str, less: str) -> None:
    """INSUFFICIENT_STORAGE where rows padded to `width` do not fit; `to` names the width, `less` what needs less."""
    needed, free = rows * width * (np.dtype(id_type).itemsize + MASK_BYTES), shutil.disk_usage(folder).free
    if needed > free:
        message = f"{rows:,} rows padded to {to} need {needed:,} bytes, {free:,} are free: {less}."
        raise WorldFailure(ErrorCode.INSUFFICIENT_STORAGE, message)


def list_column(values: Any, offsets: Any) -> Any:
    """A pyarrow ListArray over numpy arrays."""
    return pa.ListArray.from_arrays(pa.array(offsets, pa.int32()), pa.array(values))


def tokens_in(column: Any) -> Tokens:
    """The rows of a pyarrow ListArray of ids."""
    offsets = column.offsets.to_numpy().astype(np.int64)
    ids = column.values.to_numpy()[offsets[0] : offsets[-1]].astype(np.int32)
    return Tokens(ids, offsets - offsets[0])


def batches_in(path: Path) -> Iterator[Any]:
    """The record batches of a stream file, memory-mapped, one at a time."""
    with pa.memory_map(str(path)) as file, pa.ipc.open_stream(file) as reader:
        yield from reader


def in_rows(parts: Iterable[Tokens], rows: int) -> Iterator[Tokens]:
    """The same rows in batches of `rows`, the last of what is left."""
    held: list[Tokens] = []
    count = 0
    for part in parts:
        held.append(part)
        count += len(part.lengths)
        if count < rows:
            continue
        whole, rest = joined(held), count % rows
        yield from (_between(whole, first, first + rows) for first in range(0, count - rest, rows))
        held, count = ([_between(whole, count - rest, count)] if rest else []), rest
    if count:
        yield joined(held)


def _between(tokens: Tokens, first: int, last: int) -> Tokens:
    offsets = tokens.offsets[first : last + 1]
    return Tokens(tokens.ids[offsets[0] : offsets[-1]], offsets - offsets[0])


class RowFiles:
    """The stream files of one split, in `folder`, one after the other, each of about so many rows."""

    def __init__(self, folder: Path, schema: Any, rows_a_file: int) -> None:
        self._folder, self._schema, self._rows_a_file = folder, schema, rows_a_file
        self.paths: list[Path] = []
        self.streams: list[StreamFile] = []
        self._open = ExitStack()

    def __enter__(self) -> "RowFiles":
        self._begin()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._open.__exit__(kind, error, trace)

    def write(self, batch: Any) -> None:
        """A record batch, whole in one file."""
        if self.streams[-1].rows >= self._rows_a_file:
            self._open.close()
            self._begin()
        self.streams[-1].write(batch)

    @property
    def rows(self) -> int:
        """In all files."""
        return sum(stream.rows for stream in self.streams)

    def _begin(self) -> None:
        self.paths.append(self._folder / f"{len(self.paths):05d}.arrow")
        self._open = ExitStack()
        self.streams.append(self._open.enter_context(write_stream(self.paths[-1], self._schema)))
