"""The text of a part's rows as it is indexed, and which rows its frequent words stand in."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from workers.word_numbers import cjk, cut_words, distinct_of_rows, fill_bitmaps, number_words, write_tokens
from workers.word_set import WORDS_AT_ONCE, joined, string_array
from workers.word_table import (
    EIGHT,
    SPARE_BYTES,
    Bytes,
    Numbers,
    eights,
    find_words,
    grown_others,
    letters,
    room_for_others,
)

Rows = npt.NDArray[np.uint32]
Ids = npt.NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Numbered:
    """Rows as the numbers of their tokens: those of row i end at `row_ends[i]`; `words` of each are the design's."""

    numbers: Ids
    row_ends: Numbers
    words: Rows


class TokenTable:
    """The distinct pieces of words of a part, by number, and the token that stands for each in the index."""

    def __init__(self, token_of: Callable[[str], str]) -> None:
        self._token_of = token_of
        self._others = room_for_others()
        self._known = np.zeros(2, np.int64)
        self._spans = np.empty(WORDS_AT_ONCE, np.int64), np.empty(WORDS_AT_ONCE, np.int64)
        self._texts = bytearray()
        self._firsts: dict[str, int] = {}
        self._same: list[Ids] = [np.empty(0, np.int32)]  # by number: the first one of the same token
        self._ends = [np.zeros(1, np.int64)]

    @property
    def size(self) -> int:
        """How many numbers there are."""
        return int(self._known[1])

    @property
    def tokens(self) -> dict[str, int]:
        """The number of each token."""
        return self._firsts

    def number(self, rows: Any) -> Numbered:
        """The rows of a pyarrow string array without nulls, as numbers of tokens."""
        data, row_starts = joined(rows)
        words, tokens = np.zeros(len(rows), np.int64), np.zeros(len(rows), np.int64)
        numbers = [np.empty(0, np.int32)]
        for starts, ends in self._words(data):
            words += np.diff(np.searchsorted(starts, row_starts))
            room = int((ends - starts).sum())
            cut_starts, cut_ends = np.empty(room, np.int64), np.empty(room, np.int64)
            pieces = cut_words(data, starts, ends, cjk(), cut_starts, cut_ends)
            tokens += np.diff(np.searchsorted(cut_starts[:pieces], row_starts))
            numbers.append(self._numbers(data, cut_starts[:pieces], cut_ends[:pieces]))
        self._learn()
        same = np.concatenate(self._same)
        self._same = [same]
        return Numbered(same[np.concatenate(numbers)], np.cumsum(tokens), words.astype(np.uint32))

    def _words(self, data: Bytes) -> Iterator[tuple[Numbers, Numbers]]:
        text, state = (data, eights(data), len(data) - SPARE_BYTES), np.zeros(4, np.uint64)
        while found := find_words(*text, state, letters(), *self._spans):
            yield self._spans[0][:found], self._spans[1][:found]

    def _numbers(self, data: Bytes, starts: Numbers, ends: Numbers) -> Ids:
        numbers = np.empty(len(starts), np.int32)
        text, put = (eights(data), starts, ends), 0
        while (put := number_words(*text, put, self._others, self._known, numbers)) < len(starts):
            self._others = grown_others(self._others, self.size, int(ends[put] - starts[put]))
        return numbers

    def _learn(self) -> None:
        """Makes the tokens of the pieces that are new."""
        _, _, starts, arena, _ = self._others
        first = sum(map(len, self._same))
        if first == self.size:
            return
        offsets = starts[first : self.size + 1]
        pieces = string_array(arena[offsets[0] : offsets[-1]], offsets - offsets[0])
        tokens = [self._token_of(piece.decode(errors="replace")) for piece in pieces.cast(pa.binary()).to_pylist()]
        encoded = [token.encode() for token in tokens]
        same = [self._firsts.setdefault(token, first + place) for place, token in enumerate(tokens)]
        self._same.append(np.array(same, np.int32))
        self._ends.append(len(self._texts) + np.cumsum([len(token) for token in encoded]))
        self._texts += b"".join(encoded)

    def texts(self, rows: Numbered) -> Any:
        """What is indexed of each row, as a pyarrow LargeStringArray: its tokens, a space behind each."""
        ends = np.concatenate(self._ends)
        self._ends = [ends]
        size = int((ends[rows.numbers + 1] - ends[rows.numbers] + 1).sum())
        written, text_ends = np.empty(size + EIGHT, np.uint8), np.zeros(len(rows.row_ends) + 1, np.int64)
        arena = np.frombuffer(bytes(self._texts) + bytes(EIGHT), np.uint8)
        by_eight = (written, eights(written))
        write_tokens(rows.numbers, rows.row_ends, ends[:-1], ends[1:], eights(arena), *by_eight, text_ends[1:])
        return pa.LargeStringArray.from_buffers(len(rows.row_ends), pa.py_buffer(text_ends), pa.py_buffer(written))


@dataclass(slots=True)
class RowTokens:
    """Which tokens each row of a column has, row by row."""

    rows: int = 0
    _last_rows: Ids = field(default_factory=lambda: np.zeros(1 << 14, np.int32))
    _held: list[tuple[Ids, Numbers]] = field(default_factory=list)

    def add(self, rows: Numbered, known: int) -> None:
        """The next rows; numbers are below `known`."""
        if known > len(self._last_rows):
            self._last_rows = np.concatenate((self._last_rows, np.zeros(known, np.int32)))
        found, found_ends = np.empty(len(rows.numbers), np.int32), np.empty(len(rows.row_ends), np.int64)
        size = distinct_of_rows(rows.numbers, rows.row_ends, self.rows, self._last_rows, found, found_ends)
        self._held.append((found[:size].copy(), found_ends))
        self.rows += len(rows.row_ends)

    def frequencies(self, known: int) -> Numbers:
        """In how many rows each number stands."""
        return sum((np.bincount(found, minlength=known) for found, _ in self._held), np.zeros(known, np.int64))

    def bitmaps(self, chosen: Sequence[int], known: int) -> Bytes:
        """A line of packed bits for each chosen number, bit i of which is row i's."""
        lines = np.full(known, -1, np.int32)
        lines[chosen] = np.arange(len(chosen))
        bitmaps = np.zeros((len(chosen), (self.rows + 7) // 8), np.uint8)
        first = 0
        for found, found_ends in self._held:
            fill_bitmaps(found, found_ends, first, lines, bitmaps)
            first += len(found_ends)
        return bitmaps
