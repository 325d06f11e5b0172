"""Where the words of string arrays start and end, found on the UTF-8 bytes of many rows at once."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

BLOCK_BYTES = 1 << 19  # what one step works on stays in the processor's cache
SPARE_BYTES = 24  # beyond the text, so that numbers of 8 bytes may be read at the end of any word
LETTERS, DIGITS = 26, 10
LINE_FEED = 0x0A
BEYOND_ASCII = 0x80
# By number of bytes: the smallest first byte of such a character, and the smallest of a longer one.
FIRST_BYTES = {2: (0xC0, 0xE0), 3: (0xE0, 0xF0), 4: (0xF0, 0xF8)}

Bytes = npt.NDArray[np.uint8]
Numbers = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Runs:
    """The words of some rows: UTF-8 `data` of whole 8 bytes and some spare, [start, end) of each word, words by row."""

    data: Bytes
    starts: Numbers
    ends: Numbers
    counts: Numbers


def runs_of_rows(array: Any) -> Iterator[Runs]:
    """The words of a pyarrow string array or chunked array, block by block in row order; null is empty."""
    for chunk in array.chunks if isinstance(array, pa.ChunkedArray) else [array]:
        rows = chunk.cast(pa.large_string()) if chunk.type == pa.string_view() else chunk
        rows = pc.fill_null(rows, "") if rows.null_count else rows
        offsets = np.concatenate(([0], np.cumsum(pc.binary_length(rows).to_numpy(zero_copy_only=False))))
        first = 0
        while first < len(rows):
            last = int(np.searchsorted(offsets, offsets[first] + BLOCK_BYTES, side="right")) - 1
            last = min(max(last, first + 1), len(rows))
            yield _runs(rows.slice(first, last - first), offsets[first:last] - offsets[first])
            first = last


def _runs(rows: Any, offsets: Numbers) -> Runs:
    """A line feed between the rows ends a word as the row does."""
    data, size = _joined(rows)
    is_word = np.zeros(size + 2, np.bool_)
    _mark_words(data[:size], is_word[1:-1])
    edges = np.flatnonzero(is_word[1:] != is_word[:-1])
    rows_start = np.append(offsets + np.arange(len(offsets)), size + 1)
    return Runs(data, edges[::2], edges[1::2], np.diff(np.searchsorted(edges, rows_start)) >> 1)


def _joined(rows: Any) -> tuple[Bytes, int]:
    """The rows' bytes with a line feed between, and how many they are without the spare ones."""
    lines = pc.binary_join(pa.ListArray.from_arrays([0, len(rows)], rows), pa.scalar("\n", rows.type))
    text = np.frombuffer(lines[0].as_buffer(), np.uint8)
    data = np.empty(-(-len(text) // 8) * 8 + SPARE_BYTES, np.uint8)
    data[: len(text)] = text
    data[len(text) :] = 0
    return data, len(text)


def _mark_words(data: Bytes, flags: Flags) -> None:
    """For each byte: does it belong to a letter or digit?"""
    shifted = data | 0x20
    shifted -= np.uint8(ord("a"))
    np.less(shifted, LETTERS, out=flags)
    np.subtract(data, np.uint8(ord("0")), out=shifted)
    flags |= shifted < DIGITS
    if len(data) and data.max() >= BEYOND_ASCII:
        _mark_characters(flags, data)


def _mark_characters(flags: Flags, data: Bytes) -> None:
    """Mark the bytes of letters and digits beyond ASCII, by the length that their first byte tells."""
    leads = np.flatnonzero(data >= FIRST_BYTES[2][0])
    first = data[leads]
    for length, (smallest, beyond) in FIRST_BYTES.items():
        places = leads[(first >= smallest) & (first < beyond)]
        points = (data[places] & (0x7F >> length)).astype(np.int32)
        for step in range(1, length):
            points = points << 6 | (data[places + step] & 0x3F)
        places = places[_word_characters()[points]]
        for step in range(length):
            flags[places + step] = True


@cache
def _word_characters() -> Flags:
    """By code point: is it part of a word? Made once, from WORD itself."""
    from domain.adapters.words import WORD  # noqa: PLC0415  the definition stands there and needs this module

    every_character = np.arange(0x110000, dtype="<u4").tobytes().decode("utf-32-le", "surrogatepass")
    table = np.zeros(0x110000, np.bool_)
    for match in WORD.finditer(every_character):
        table[match.start() : match.end()] = True
    return table
