"""A set of casefolded words that grows by whole arrays of text."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from workers.word_table import (
    KEY_BYTES,
    SPARE_BYTES,
    Bytes,
    Eights,
    Numbers,
    eights,
    find_words,
    grown_keys,
    grown_others,
    letters,
    put_words,
    room_for_keys,
    room_for_others,
)

SCANNED_BYTES = 1 << 17  # of rows in one go, so that they stay in the processor's cache
WORDS_AT_ONCE = 1 << 15
FOLDED_BYTES = 1 << 20  # of words casefolded in one go
LINE_FEED = 0x0A
LAST_ASCII = 0x7F


class WordSet:
    """Distinct words, casefolded, of all arrays added since the last `take`."""

    def __init__(self) -> None:
        self._spans = np.empty(WORDS_AT_ONCE, np.int64), np.empty(WORDS_AT_ONCE, np.int64)
        self._clear()

    def _clear(self) -> None:
        self._keys = room_for_keys()
        self._others = room_for_others()  # those beyond ASCII stand there as they were, and are casefolded in the end
        self._known = np.zeros(2, np.int64)

    def count_and_add(self, array: Any) -> Numbers:
        """Words of each row of a pyarrow string array or chunked array (null: 0); all of them join the set."""
        counts = [np.empty(0, np.int64)]
        for rows in _parts(array):
            data, row_starts = joined(rows)
            counts.append(np.zeros(len(rows), np.int64))
            for starts, ends in self._words(data):
                counts[-1] += np.diff(np.searchsorted(starts, row_starts))
                self._put(data, starts, ends, is_folding=True)
        return np.concatenate(counts)

    def add_folded(self, words: Any) -> None:
        """A pyarrow string array of words that are casefolded already."""
        for rows in _parts(words):
            data, row_starts = joined(rows)
            self._put(data, row_starts[:-1], row_starts[1:] - 1, is_folding=False)

    def _words(self, data: Bytes) -> Iterator[tuple[Numbers, Numbers]]:
        """Where the words of a text start and end, some at once; the arrays are used again."""
        text, state = (data, eights(data), len(data) - SPARE_BYTES), np.zeros(4, np.uint64)
        while found := find_words(*text, state, letters(), *self._spans):
            yield self._spans[0][:found], self._spans[1][:found]

    def _put(self, data: Bytes, starts: Numbers, ends: Numbers, *, is_folding: bool) -> None:
        text, put = (eights(data), starts, ends), 0
        while (put := put_words(*text, put, is_folding, self._keys, self._others, self._known)) < len(starts):
            self._keys = grown_keys(self._keys, int(self._known[0]))
            self._others = grown_others(self._others, int(self._known[1]), int(ends[put] - starts[put]))

    @property
    def size(self) -> int:
        """Distinct words so far; those beyond ASCII may fold to fewer."""
        return int(self._known.sum())

    @property
    def bytes(self) -> int:
        """What the words take."""
        return int(self._known[0]) * KEY_BYTES + int(self._others[2][self._known[1]])

    def take(self) -> Any:
        """The words as a pyarrow StringArray in no order. Afterwards the set is empty."""
        _, _, starts, arena, _ = self._others
        offsets = starts[: self._known[1] + 1]
        others = string_array(arena[: offsets[-1]], offsets)
        plain = [_from_keys(self._keys)]
        self._clear()
        if not len(others):
            return plain[0]
        is_foreign = np.logical_or.reduceat(arena[: offsets[-1]] > LAST_ASCII, offsets[:-1])
        plain.append(others.filter(pa.array(~is_foreign)))
        foreign = pc.unique(_casefold(others.filter(pa.array(is_foreign))))
        new = pc.invert(pc.is_in(foreign, pa.concat_arrays(plain)))
        return pa.concat_arrays([*plain, foreign.filter(new)])


def _parts(array: Any) -> Iterator[Any]:
    """The rows of a pyarrow string array or chunked array, so many bytes at once; a null is empty."""
    for chunk in array.chunks if isinstance(array, pa.ChunkedArray) else [array]:
        rows = chunk.cast(pa.large_string()) if chunk.type == pa.string_view() else chunk
        rows = pc.fill_null(rows, "") if rows.null_count else rows
        ends = np.cumsum(pc.binary_length(rows).to_numpy(zero_copy_only=False))
        first = 0
        while first < len(rows):
            before = ends[first - 1] if first else 0
            last = max(first + 1, int(np.searchsorted(ends, before + SCANNED_BYTES, side="right")))
            yield rows.slice(first, last - first)
            first = last


def joined(rows: Any) -> tuple[Bytes, Numbers]:
    """The rows' bytes with a line feed between and SPARE_BYTES behind them, and where each begins; the last number is
    where one more would."""
    lines = pc.binary_join(pa.ListArray.from_arrays([0, len(rows)], rows), pa.scalar("\n", rows.type))
    text = np.frombuffer(lines[0].as_buffer(), np.uint8)
    data = np.zeros(len(text) + SPARE_BYTES, np.uint8)
    data[: len(text)] = text
    starts = np.zeros(len(rows) + 1, np.int64)
    np.cumsum(pc.binary_length(rows).to_numpy(zero_copy_only=False) + 1, out=starts[1:])
    return data, starts


def _from_keys(keys: Eights) -> Any:
    words = keys.reshape(-1, 2)
    characters = words[words[:, 0] != 0].astype("<u8", copy=False).view(np.uint8)
    lengths = np.count_nonzero(characters, axis=1)
    return string_array(characters[characters != 0], np.concatenate(([0], np.cumsum(lengths))))


def _casefold(words: Any) -> Any:
    """Strings, each casefolded, many in one go: a line feed is in no word and folds to itself."""
    step = max(1, len(words) * FOLDED_BYTES // max(words.nbytes, 1))
    parts = [_casefold_part(words.slice(first, step)) for first in range(0, len(words), step)]
    return pa.concat_arrays([pa.array([], pa.string()), *parts])


def _casefold_part(words: Any) -> Any:
    lines = pc.binary_join(pa.ListArray.from_arrays([0, len(words)], words), "\n")[0].as_py() + "\n"
    folded = np.frombuffer(lines.casefold().encode(), np.uint8)
    line_ends = np.flatnonzero(folded == LINE_FEED)
    offsets = np.concatenate(([0], line_ends - np.arange(len(line_ends))))
    return string_array(folded[folded != LINE_FEED], offsets)


def string_array(data: Bytes, offsets: Numbers) -> Any:
    """A pyarrow StringArray: string i is `data[offsets[i]:offsets[i + 1]]`."""
    buffers = (pa.py_buffer(offsets.astype(np.int32)), pa.py_buffer(np.ascontiguousarray(data)))
    return pa.StringArray.from_buffers(len(offsets) - 1, *buffers)
