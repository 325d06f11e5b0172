"""How many distinct words there are: exact up to a bound of memory, beyond it an estimate that says so.

The estimate keeps the smallest hashes of all words: if the k-th smallest of evenly spread hashes lies at a
share s of the whole range, there are about (k - 1) / s words. Its standard error is 1/sqrt(k), here 0.4 %.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from workers.word_set import WordSet

MOST_WORDS = 2_000_000
MOST_BYTES = 64 << 20
KEPT_HASHES = 1 << 16
HASHED_BYTES = 1 << 18  # of words, in one step
SPLITMIX = (0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB)
RADIX = np.uint64(0xD6E8FEB86659FD93)

Hashes = npt.NDArray[np.uint64]


@dataclass(frozen=True, slots=True)
class VocabularySize:
    """Distinct casefolded words, and whether that is their exact number."""

    words: int
    is_exact: bool


class Vocabulary:
    """The distinct words of text that comes in arrays, or of other vocabularies."""

    def __init__(self, most_words: int = MOST_WORDS, most_bytes: int = MOST_BYTES) -> None:
        self._most_words = most_words
        self._most_bytes = most_bytes
        self._words = WordSet()
        self._hashes: Hashes | None = None

    def count_and_add(self, text: Any) -> npt.NDArray[np.int64]:
        """Words of each row of a pyarrow string array; all of them join the vocabulary."""
        counts = self._words.count_and_add(text)
        self._estimate_if_full()
        return counts

    def absorb(self, batch: Any) -> None:
        """A RecordBatch of another vocabulary's `table`."""
        if batch.schema.names == ["word"]:
            self._words.add_folded(batch.column("word"))
            self._estimate_if_full()
        else:
            self._keep(batch.column("hash").to_numpy())

    def table(self) -> Any:
        """A pyarrow table with a column `word`, or after the bound with a column `hash`. Empties the vocabulary."""
        if self._hashes is None:
            return pa.table({"word": self._words.take()})
        self._keep(hashes_of(self._words.take()))
        return pa.table({"hash": self._hashes})

    def size(self) -> VocabularySize:
        """Empties the vocabulary."""
        table = self.table()
        if self._hashes is None or table.num_rows < KEPT_HASHES:
            return VocabularySize(table.num_rows, self._hashes is None)
        share = int(self._hashes[-1]) / 2**64
        return VocabularySize(round((KEPT_HASHES - 1) / share), is_exact=False)

    def _estimate_if_full(self) -> None:
        if self._words.size > self._most_words or self._words.bytes > self._most_bytes:
            self._keep(hashes_of(self._words.take()))

    def _keep(self, hashes: Hashes) -> None:
        kept = np.empty(0, np.uint64) if self._hashes is None else self._hashes
        below = hashes[hashes < kept[-1]] if len(kept) == KEPT_HASHES else hashes
        self._hashes = np.unique(np.concatenate((kept, below)))[:KEPT_HASHES]


def hashes_of(words: Any) -> Hashes:
    """A 64-bit hash of each word of a pyarrow StringArray without nulls or empty words, ever the same."""
    ends = np.cumsum(np.diff(_offsets(words)))
    found = [np.empty(0, np.uint64)]
    first = 0
    while first < len(words):
        taken = ends[first - 1] if first else 0
        last = max(first + 1, int(np.searchsorted(ends, taken + HASHED_BYTES, side="right")))
        found.append(_hashes(words.slice(first, last - first)))
        first = last
    return np.concatenate(found)


def _hashes(words: Any) -> Hashes:
    offsets = _offsets(words)
    data = np.frombuffer(words.buffers()[2], np.uint8)[offsets[0] : offsets[-1]]
    starts = offsets[:-1] - offsets[0]
    lengths = np.diff(offsets)
    powers = np.cumprod(np.full(int(lengths.max()), RADIX))
    places = np.arange(len(data)) - np.repeat(starts, lengths)
    spread = _mixed(np.arange(1, 257, dtype=np.uint64))
    return _mixed(np.add.reduceat(spread[data] * powers[places], starts))


def _offsets(words: Any) -> npt.NDArray[np.int64]:
    offsets = np.frombuffer(words.buffers()[1], np.int32) if len(words) else np.zeros(1, np.int32)
    return offsets[words.offset : words.offset + len(words) + 1].astype(np.int64)


def _mixed(numbers: Hashes) -> Hashes:
    """Sebastiano Vigna's splitmix64: neighbouring numbers end up far apart."""
    mixed = numbers + np.uint64(SPLITMIX[0])
    mixed = (mixed ^ mixed >> np.uint64(30)) * np.uint64(SPLITMIX[1])
    mixed = (mixed ^ mixed >> np.uint64(27)) * np.uint64(SPLITMIX[2])
    return mixed ^ mixed >> np.uint64(31)
