"""Arrays in one file, mapped together: a part has many, and each file of its own would cost when it is opened."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

ALIGNED_BYTES = 64

Directory = Mapping[str, Sequence[Any]]
"""By name of an array: its type, how many items, and at which byte they begin."""


def write_sections(file: Path, arrays: Mapping[str, Any]) -> Directory:
    """Writes arrays of one dimension."""
    directory: dict[str, Sequence[Any]] = {}
    with file.open("wb") as sink:
        for name, array in arrays.items():
            sink.write(bytes(-sink.tell() % ALIGNED_BYTES))
            directory[name] = [array.dtype.str, len(array), sink.tell()]
            sink.write(np.ascontiguousarray(array).data)
        sink.write(b"\0")  # an empty file cannot be mapped
    return directory


def map_sections(file: Path, directory: Directory) -> dict[str, Any]:
    """The arrays, which cannot be written to; the file stays mapped as long as one of them is held."""
    mapped = np.memmap(file, np.uint8, "r")
    return {
        name: np.frombuffer(mapped, np.dtype(kind), count, first) if count else np.empty(0, np.dtype(kind))
        for name, (kind, count, first) in directory.items()
    }
