"""The text of a part's rows as it is indexed."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from workers.piece_numbers import LAST_ASCII, Ids, PieceNumbers
from workers.word_numbers import bytes_of, cjk, cut_words, write_tokens
from workers.word_set import WORDS_AT_ONCE, joined
from workers.word_table import KEY_BYTES, SPARE_BYTES, Bytes, Eights, Numbers, eights, find_words, letters

FIRST_TOKENS = 1 << 14
OF_THE_PIECE = -1
TOKENS_AT_ONCE = 1 << 16

Rows = npt.NDArray[np.uint32]
Spans = tuple[Numbers, Numbers]


@dataclass(frozen=True, slots=True)
class Numbered:
    """Rows as the numbers of their tokens: those of row i end at `row_ends[i]`; `words` of each are the design's."""

    numbers: Ids
    row_ends: Numbers
    words: Rows


class TokenTable:
    """The distinct pieces of words of a part, by number, and the token that stands for each in the index."""

    def __init__(self, token_of: Callable[[str], str], *, is_folding: bool) -> None:
        """`is_folding`: ASCII letters and digits become what casefolding makes of them, and no more."""
        self._token_of = token_of
        self._is_folding = is_folding
        self._pieces = PieceNumbers()
        self._spans = room_for_words()
        self._learned = 0
        self._sizes, self._places = np.empty(FIRST_TOKENS, np.int64), np.empty(FIRST_TOKENS, np.int64)
        self._short = np.empty(FIRST_TOKENS, np.uint8)
        self._arena, self._used = np.zeros(FIRST_TOKENS, np.uint8), 0
        self._written = np.empty(0, np.uint8)  # new memory each time would cost more than the writing

    @property
    def size(self) -> int:
        """How many numbers there are."""
        return self._learned

    def number(self, rows: Any) -> Numbered:
        """The rows of a pyarrow string array without nulls, as numbers of tokens."""
        data, row_starts = joined(rows)
        words, tokens = np.zeros(len(rows), np.int64), np.zeros(len(rows), np.int64)
        numbers = [np.empty(0, np.int32)]
        by_eight = eights(data)
        for starts, cut_starts, cut_ends in cut_text(data, by_eight, self._spans):
            words += np.diff(np.searchsorted(starts, row_starts))
            tokens += np.diff(np.searchsorted(cut_starts, row_starts))
            numbers.append(self._pieces.numbers(by_eight, cut_starts, cut_ends))
        self._learn()
        return Numbered(np.concatenate(numbers), np.cumsum(tokens), words.astype(np.uint32))

    def _learn(self) -> None:
        """Makes the tokens of the pieces that are new, some at once."""
        size = self._pieces.size
        self._sizes, self._places = grown(self._sizes, size), grown(self._places, size)
        self._short = grown(self._short, size)
        while self._learned < size:
            self._learn_some(self._learned, min(size, self._learned + TOKENS_AT_ONCE))

    def _learn_some(self, first: int, last: int) -> None:
        sizes, is_plain = self._pieces.keys(first, last)
        self._sizes[first:last], self._places[first:last] = sizes, OF_THE_PIECE
        made = first + np.flatnonzero(~is_plain if self._is_folding else np.ones(last - first, np.bool_))
        tokens = [self._token_of(piece).encode() for piece in self._pieces.texts(made)]
        ends = self._used + np.cumsum([len(token) for token in tokens], dtype=np.int64)
        self._sizes[made] = np.diff(ends, prepend=self._used)
        self._places[made] = ends - self._sizes[made]
        self._short[first:last] = sizes
        self._short[made] = 0
        self._keep(b"".join(tokens))
        self._learned = last

    def _keep(self, tokens: bytes) -> None:
        used = self._used + len(tokens)
        self._arena = grown(self._arena, used + 2 * KEY_BYTES)
        self._arena[self._used : used] = np.frombuffer(tokens, np.uint8)
        self._used = used

    def texts(self, rows: Numbered) -> list[str]:
        """What is indexed of each row: its tokens, a space behind each."""
        size = int(bytes_of(rows.numbers, self._short, self._sizes))
        self._written = grown(self._written, size + 2 * KEY_BYTES)
        written, text_ends = self._written, np.zeros(len(rows.row_ends) + 1, np.int64)
        known = self._pieces.by_number, (self._short, self._sizes, self._places), eights(self._arena)
        write_tokens(rows.numbers, rows.row_ends, *known, written, eights(written), text_ends[1:])
        buffers = pa.py_buffer(text_ends), pa.py_buffer(written)
        texts: list[str] = pa.LargeStringArray.from_buffers(len(rows.row_ends), *buffers).to_pylist()
        return texts

    def tokens(self) -> "Tokens":
        """The tokens of all numbers so far."""
        known = self._sizes[: self._learned], self._places[: self._learned], self._arena[: self._used]
        return Tokens(self._pieces, *known)


@dataclass(frozen=True, slots=True)
class Tokens:
    """The token of each number, made when it is asked for; several numbers may have the same."""

    _pieces: PieceNumbers
    _sizes: Numbers
    _places: Numbers
    _arena: Bytes

    def __len__(self) -> int:
        return len(self._sizes)

    def made(self) -> Numbers:
        """The numbers of tokens that are not the piece itself: each other one is of one number, and ASCII."""
        return np.flatnonzero(self._places != OF_THE_PIECE)

    def of(self, numbers: Numbers) -> list[str]:
        """The tokens of numbers, which are in order."""
        places = self._places[numbers]
        kept = iter(self._pieces.texts(numbers[places == OF_THE_PIECE]))
        ends = (places + self._sizes[numbers]).tolist()
        return [
            next(kept) if start == OF_THE_PIECE else self._arena[start:end].tobytes().decode()
            for start, end in zip(places.tolist(), ends, strict=True)
        ]


def room_for_words() -> Spans:
    """Where words begin and end, WORDS_AT_ONCE of them."""
    return np.empty(WORDS_AT_ONCE, np.int64), np.empty(WORDS_AT_ONCE, np.int64)


def cut_text(data: Bytes, by_eight: Eights, spans: Spans) -> Iterator[tuple[Numbers, Numbers, Numbers]]:
    """Of the words of a text with SPARE_BYTES behind it, some at once: where they begin, and where their pieces begin
    and end."""
    foreign = int(np.count_nonzero(data > LAST_ASCII))
    for starts, ends in words_of(data, by_eight, spans):
        cut_starts, cut_ends = np.empty((2, len(starts) + foreign), np.int64)
        pieces = cut_words(data, by_eight, starts, ends, cjk(), cut_starts, cut_ends)
        yield starts, cut_starts[:pieces], cut_ends[:pieces]


def words_of(data: Bytes, by_eight: Eights, spans: Spans) -> Iterator[tuple[Numbers, Numbers]]:
    """Where the words of such a text begin and end, some at once."""
    size, state = len(data) - SPARE_BYTES, np.zeros(4, np.uint64)
    while found := find_words(data, by_eight, size, state, letters(), *spans):
        yield spans[0][:found], spans[1][:found]


def grown(array: Any, size: int) -> Any:
    """The array, or one twice as long as is needed that begins with it."""
    if len(array) >= size:
        return array
    larger = np.zeros(2 * size, array.dtype)
    larger[: len(array)] = array
    return larger
