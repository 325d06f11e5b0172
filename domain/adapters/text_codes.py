"""Columns of few different texts, as most that are filtered by are: held as a number for each row.

What is asked of such a column is asked of its different texts alone, and the rows follow from their numbers.
"""

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from domain.adapters.arrow_arrays import to_numbers
from domain.adapters.kept_of_folders import KeptOfFolders

MOST_TEXTS, MOST_MEAN_BYTES = 255, 100
CODES_KEPT_BYTES = 16 << 20
# What a range costs beside its numbers, also one that is only known to have too many texts.
RANGE_BYTES = 1_000


@dataclass(frozen=True, slots=True)
class TextCodes:
    """`texts` are the different values of a pyarrow Array, null as one of them; `codes`: for each row which."""

    texts: Any
    codes: npt.NDArray[np.uint8]


def codes_of(column: Any) -> TextCodes | None:
    """Of a pyarrow ChunkedArray; None where it is not text, or has more than MOST_TEXTS different ones."""
    if not (pa.types.is_string(column.type) or pa.types.is_large_string(column.type)) or not column.num_chunks:
        return None
    first = column.chunk(0)  # so that of most others little is read in vain
    if first.nbytes > MOST_MEAN_BYTES * len(first) or len(pc.unique(first)) > MOST_TEXTS:
        return None
    if column.nbytes > MOST_MEAN_BYTES * len(column):  # as where long texts follow short ones: they are not copied
        return None
    coded = column.combine_chunks().dictionary_encode(null_encoding="encode")
    if len(coded.dictionary) > MOST_TEXTS:
        return None
    return TextCodes(coded.dictionary, to_numbers(coded.indices).astype(np.uint8))


class KeptCodes:
    """Codes of the ranges of columns that were asked about last, within a bound; safe to share between threads."""

    def __init__(self, most_bytes: int = CODES_KEPT_BYTES) -> None:
        self._kept: KeptOfFolders[TextCodes | None] = KeptOfFolders(most_bytes, _size)

    def of(self, folder: Path, key: Hashable, read: Callable[[], Any]) -> TextCodes | None:
        """The codes of the column that is read, which is what `key` says of a folder that does not change."""
        return self._kept.of(folder, lambda: codes_of(read()), key)

    def forget(self, home: Path) -> None:
        """Let go of all below `home`."""
        self._kept.forget(home)


def _size(codes: TextCodes | None) -> int:
    return RANGE_BYTES + (0 if codes is None else codes.codes.nbytes + codes.texts.nbytes)
