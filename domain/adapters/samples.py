"""Pages of an ingested dataset, read from its mapped Arrow files in the API process."""

import json
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from domain.adapters.cells import plain

FOLDERS_KEPT_OPEN = 32


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
        for file in state["_data_files"]:
            with pa.memory_map(str(folder / file["filename"])) as mapped, pa.ipc.open_stream(mapped) as stream:
                self._batches += [batch for batch in stream if batch.num_rows]
        rows = [batch.num_rows for batch in self._batches]
        self._firsts: npt.NDArray[np.int64] = np.concatenate(([0], np.cumsum(rows))).astype(np.int64)

    def read(self, start: int, count: int) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        number = int(np.searchsorted(self._firsts, start, side="right")) - 1
        while len(found) < count and number < len(self._batches):
            within = start + len(found) - int(self._firsts[number])
            part = self._batches[number].slice(within, count - len(found))
            found += [{name: plain(value) for name, value in row.items()} for row in part.to_pylist()]
            number += 1
        return found


class SampleFolder:
    """The rows of a DatasetDict folder; opening maps its files, reading costs the same at any offset."""

    def __init__(self, path: Path) -> None:
        names = json.loads((path / "dataset_dict.json").read_text(encoding="utf-8"))["splits"]
        self._splits = {name: _Split(path / name) for name in names}

    def rows(self, split: str, start: int, count: int) -> list[dict[str, Any]]:
        """At most `count` rows from `start` on, as JSON values by column; KeyError for an unknown split."""
        if start < 0 or count < 0:
            raise ValueError("rows are counted from 0")
        return self._splits[split].read(start, count)

    def samples(self, split: str, start: int, count: int) -> list[Row]:
        """`rows` with where each stands."""
        return [Row(split, start + place, values) for place, values in enumerate(self.rows(split, start, count))]


class SampleFolders:
    """The folders that were read last, kept open; safe to share between threads."""

    def __init__(self, kept: int = FOLDERS_KEPT_OPEN) -> None:
        self._kept = kept
        self._open: OrderedDict[Path, SampleFolder] = OrderedDict()
        self._lock = Lock()

    def open(self, path: Path) -> SampleFolder:
        """Folders are final once published, so an open one is never stale; FileNotFoundError when it is gone."""
        with self._lock:
            folder = self._open.pop(path, None) or SampleFolder(path)
            self._open[path] = folder
            while len(self._open) > self._kept:
                self._open.popitem(last=False)
            return folder

    def forget(self, home: Path) -> None:
        """Let go of the folders below `home`: until then the disk keeps what was removed of them."""
        with self._lock:
            for path in [path for path in self._open if path.is_relative_to(home)]:
                del self._open[path]
