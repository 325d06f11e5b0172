"""Numbers for distinct pieces of words, ASCII letters folded: 0, 1, 2, ... as they come."""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from workers.word_numbers import fill_keys, number_words
from workers.word_table import (
    KEY_BYTES,
    NOTHING,
    Bytes,
    Eights,
    Flags,
    Numbers,
    grown_others,
    room_for_keys,
    room_for_others,
)

FIRST_PIECES = 1 << 13
LAST_ASCII = 0x7F

Ids = npt.NDArray[np.int32]


class PieceNumbers:
    """Pieces of up to KEY_BYTES are keys of two numbers, others lie in an arena."""

    def __init__(self) -> None:
        self._keys = room_for_keys()
        self._slot_numbers = np.zeros(len(self._keys) // 2, np.int32)
        self.by_number: Eights = np.zeros(2 * FIRST_PIECES, np.uint64)
        self._others = room_for_others()
        self._other_numbers = np.zeros(len(self._others[1]), np.int32)
        self._known = np.zeros(2, np.int64)

    @property
    def size(self) -> int:
        """How many there are."""
        return int(self._known.sum())

    def numbers(self, by_eight: Eights, starts: Numbers, ends: Numbers) -> Ids:
        """The numbers of pieces of a text that is given as `eights`."""
        numbers = np.empty(len(starts), np.int32)
        put = 0
        while True:
            table = self._keys, self._slot_numbers, self.by_number, self._others, self._other_numbers
            put = number_words(by_eight, starts, ends, put, table, self._known, numbers)
            if put == len(starts):
                return numbers
            self._grow(int(ends[put] - starts[put]))

    def _grow(self, size: int) -> None:
        """Makes room for one more piece of so many bytes, wherever it may have been missing."""
        if 2 * self.size >= len(self.by_number):
            self.by_number = np.concatenate((self.by_number, np.zeros_like(self.by_number)))
        if 4 * int(self._known[0]) >= len(self._keys):
            self._keys = np.zeros(2 * len(self._keys), np.uint64)
            self._slot_numbers = np.zeros(len(self._keys) // 2, np.int32)
            fill_keys(self.by_number, self.size, self._keys, self._slot_numbers)
        if size > KEY_BYTES:
            self._others = grown_others(self._others, int(self._known[1]), size)
            more = len(self._others[1]) - len(self._other_numbers)
            self._other_numbers = np.concatenate((self._other_numbers, np.zeros(more, np.int32)))

    def keys(self, first: int, last: int) -> tuple[Numbers, Flags]:
        """Of numbers [first, last): how many bytes each piece has if it is a key, and whether it is one of ASCII."""
        characters = self._characters(np.arange(first, last))
        sizes = np.count_nonzero(characters, axis=1)
        return sizes, (sizes > 0) & ~(characters > LAST_ASCII).any(axis=1)

    def _characters(self, numbers: Numbers) -> Bytes:
        pairs = self.by_number.reshape(-1, 2)[numbers]
        return pairs.astype("<u8", copy=False).view(np.uint8).reshape(-1, KEY_BYTES)

    def texts(self, numbers: Numbers) -> list[str]:
        """The pieces of those numbers, which are in order."""
        keys = self._characters(numbers).view(f"S{KEY_BYTES}").reshape(-1).tolist()
        longer = self._longer(numbers[self.by_number[2 * numbers] == NOTHING])
        return [(key or next(longer)).decode(errors="replace") for key in keys]

    def _longer(self, numbers: Numbers) -> Iterator[bytes]:
        _, _, starts, arena, _ = self._others
        for place in np.searchsorted(self._other_numbers[: self._known[1]], numbers).tolist():
            yield arena[starts[place] : starts[place + 1]].tobytes()
