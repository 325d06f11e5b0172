"""Pages of an ingested dataset, read from its mapped Arrow files in the API process."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from domain.adapters.arrow_arrays import of_numbers
from domain.adapters.arrow_rows import rows_of
from domain.adapters.cells import plain
from domain.adapters.kept_of_folders import KeptOfFolders
from domain.adapters.text_codes import KeptCodes, TextCodes

FOLDERS_KEPT_OPEN = 32
# So many rows, as of a page, are quicker sliced one by one than taken together from each of their batches.
FEW_ROWS = 200

Numbers = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Row:
    """One sample: its split, its index from 0 within the split, JSON values by column."""

    split: str
    index: int
    values: Mapping[str, Any]


class _Split:
    """The record batches of one split, mapped, and the first row of each."""

    def __init__(self, folder: Path) -> None:
        state = json.loads((folder / "state.json").read_text(encoding="utf-8"))
        self._batches: list[Any] = []
        self.schema: Any = pa.schema([])
        for file in state["_data_files"]:
            with pa.memory_map(str(folder / file["filename"])) as mapped, pa.ipc.open_stream(mapped) as stream:
                self.schema = stream.schema
                self._batches += [batch for batch in stream if batch.num_rows]
        rows = [batch.num_rows for batch in self._batches]
        self._firsts: npt.NDArray[np.int64] = np.concatenate(([0], np.cumsum(rows))).astype(np.int64)

    def column(self, name: str, start: int, stop: int) -> Any:
        chunks = [batch.column(name) for batch in self.batches(start, stop - start)]
        return pa.chunked_array(chunks, self.schema.field(name).type)

    def take(self, indexes: Numbers) -> Any:
        """A Table of these rows. By batch: a Table's own `take` may copy whole columns."""
        if len(indexes) <= FEW_ROWS:
            return pa.Table.from_batches(list(self._each(indexes)), self.schema)
        order = np.argsort(indexes, kind="stable")
        ascending = indexes[order]
        numbers = np.searchsorted(self._firsts, ascending, side="right") - 1
        taken = [
            self._batches[number].take(of_numbers(ascending[numbers == number] - self._firsts[number]))
            for number in dict.fromkeys(numbers.tolist())
        ]
        return pa.Table.from_batches(taken, self.schema).take(of_numbers(np.argsort(order, kind="stable")))

    def _each(self, indexes: Numbers) -> Iterator[Any]:
        """Every row as a RecordBatch of its own, over the mapped files."""
        numbers = np.searchsorted(self._firsts, indexes, side="right") - 1
        for number, row in zip(numbers.tolist(), (indexes - self._firsts[numbers]).tolist(), strict=True):
            yield self._batches[number].slice(row, 1)

    def batches(self, start: int, count: int) -> Iterator[Any]:
        number = int(np.searchsorted(self._firsts, start, side="right")) - 1
        while count > 0 and number < len(self._batches):
            part = self._batches[number].slice(start - int(self._firsts[number]), count)
            yield part
            start, count, number = start + len(part), count - len(part), number + 1


class SampleFolder:
    """The rows of a DatasetDict folder; opening maps its files, reading costs the same at any offset.

    `codes`: where the codes of its columns are kept."""

    def __init__(self, path: Path, codes: KeptCodes | None = None) -> None:
        self._path, self._codes = path, codes or KeptCodes()
        names = json.loads((path / "dataset_dict.json").read_text(encoding="utf-8"))["splits"]
        self._splits = {name: _Split(path / name) for name in names}

    def rows(self, split: str, start: int, count: int) -> list[dict[str, Any]]:
        """At most `count` rows from `start` on, as JSON values by column; KeyError for an unknown split."""
        if start < 0 or count < 0:
            raise ValueError("rows are counted from 0")
        batches = self._splits[split].batches(start, count)
        return [{name: plain(value) for name, value in row.items()} for part in batches for row in rows_of(part)]

    def samples(self, split: str, start: int, count: int) -> list[Row]:
        """`rows` with where each stands."""
        return [Row(split, start + place, values) for place, values in enumerate(self.rows(split, start, count))]

    def batches(self, split: str, start: int, count: int) -> Iterator[Any]:
        """At most `count` rows from `start` on as pyarrow RecordBatches, which lie in the mapped files."""
        return self._splits[split].batches(start, count)

    def schema(self, split: str) -> Any:
        """The pyarrow Schema of a split."""
        return self._splits[split].schema

    def column(self, split: str, name: str, start: int, stop: int) -> Any:
        """Rows [start, stop) of a column as a pyarrow ChunkedArray over the mapped files."""
        return self._splits[split].column(name, start, stop)

    def codes(self, split: str, name: str, start: int, stop: int) -> TextCodes | None:
        """Of rows [start, stop) of a column with few different texts; None for others."""
        return self._codes.of(self._path, (split, name, start, stop), lambda: self.column(split, name, start, stop))

    def take(self, split: str, indexes: Sequence[int] | Numbers) -> Any:
        """Rows of a split as a pyarrow Table in the order of `indexes`, all columns, nothing cut."""
        return self._splits[split].take(np.asarray(indexes, np.int64))

    def at(self, places: Sequence[tuple[str, int]]) -> list[Row]:
        """The rows at (split, index), in this order."""
        read: dict[tuple[str, int], Row] = {}
        for split in dict.fromkeys(split for split, _ in places):
            indexes = [index for name, index in places if name == split]
            for index, values in zip(indexes, rows_of(self.take(split, indexes)), strict=True):
                read[split, index] = Row(split, index, {name: plain(value) for name, value in values.items()})
        return [read[place] for place in places]


class SampleFolders:
    """The folders that were read last, kept open; safe to share between threads."""

    def __init__(self, kept: int = FOLDERS_KEPT_OPEN) -> None:
        self._codes = KeptCodes()
        self._open: KeptOfFolders[SampleFolder] = KeptOfFolders(kept)

    def open(self, path: Path) -> SampleFolder:
        """Folders are final once published, so an open one is never stale; FileNotFoundError when it is gone."""
        return self._open.of(path, lambda: SampleFolder(path, self._codes))

    def forget(self, home: Path) -> None:
        """Let go of the folders below `home`: until then the disk keeps what was removed of them."""
        self._codes.forget(home)
        self._open.forget(home)
