"""The rows of a column's frequent tokens, without Tantivy, and where the most frequent ones follow each other.

The row set of a token in more than one of BITMAP_SHARE rows is a bitmap, others are the distances from row to row, a
byte each: LONG_WAY says that the next byte goes on. Chains are what is left of the texts when all but the most frequent
tokens are left out, and those too that stand alone: a byte for each token, its code, and END behind each chain.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from domain.adapters.search_bits import BYTE_BITS, Bits, bits_of

BITMAP_SHARE = 8
LONG_WAY = 255
END, CODES = 0, 255
# No token holds it: the rows of all tokens that begin with this character of CJK.
BEGINNING = "*"
SECTIONS = ("tokens", "token_ends", "sets", "set_ends", "codes", "chains", "chain_ends")


class FrequentTokens:
    """`arrays` are the column's sections by name."""

    def __init__(self, arrays: Mapping[str, Any], rows: int) -> None:
        self._rows = rows
        self._tokens, self._token_ends = arrays["tokens"], arrays["token_ends"]
        self._sets, self._set_ends = arrays["sets"], arrays["set_ends"]
        self._codes = arrays["codes"]
        self._chains, self._chain_ends = arrays["chains"], arrays["chain_ends"]

    def rows(self, token: str) -> Bits | None:
        """The rows with a token; None where it is not frequent."""
        place = self._place(token)
        if place is None:
            return None
        line = self._sets[_start(self._set_ends, place) : self._set_ends[place]]
        if len(line) == (self._rows + BYTE_BITS - 1) // BYTE_BITS:
            return np.array(line)
        return bits_of((np.cumsum(line, dtype=np.int32) - 1)[line != LONG_WAY], self._rows)

    def phrase(self, tokens: Sequence[str]) -> Bits | None:
        """The rows in which tokens follow each other; None where one of them has no code."""
        codes = [self._code(token) for token in tokens]
        if END in codes:
            return None
        places = max(len(self._chains) - len(codes) + 1, 0)
        is_there = self._chains[:places] == codes[0]
        for step, code in enumerate(codes[1:], 1):
            is_there &= self._chains[step : step + places] == code
        return bits_of(np.searchsorted(self._chain_ends, np.flatnonzero(is_there), side="right"), self._rows)

    def _code(self, token: str) -> int:
        place = self._place(token)
        return END if place is None else int(self._codes[place])

    def _place(self, token: str) -> int | None:
        """Where a token is among the frequent ones, which are in the order of their bytes."""
        sought = token.encode()
        first, last = 0, len(self._token_ends)
        while first < last:
            place = (first + last) // 2
            found = self._tokens[_start(self._token_ends, place) : self._token_ends[place]].tobytes()
            if found == sought:
                return place
            first, last = (place + 1, last) if found < sought else (first, place)
        return None


def _start(ends: npt.NDArray[np.uint32], place: int) -> int:
    return int(ends[place - 1]) if place else 0
