"""What is known of a column's frequent tokens without Tantivy: their rows, and where they follow each other.

The most frequent ones have codes, from 1 on. Pairs are the rows in which one follows another. Chains are what is left
of the texts when all other tokens are left out, and pairs and tokens that stand alone: a byte for each token, its code,
and END behind each chain.
"""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from domain.adapters.search_bits import Bits, bits_of, no_rows, numbers_of
from domain.adapters.search_row_sets import SECTIONS as SET_SECTIONS
from domain.adapters.search_row_sets import RowSets

END, CODES = 0, 255
SHORTEST_CHAIN = 3
SET_KINDS = ("tokens", "beginnings", "pairs")
SECTIONS = (*(f"{kind}/{name}" for kind in SET_KINDS for name in SET_SECTIONS), "codes", "chains", "chain_ends")
SCANNED_BYTES = 1 << 17
# Chains of fewer rows than one of so many are picked out, else all are looked at.
PICKED_SHARE = 32


class FrequentTokens:
    """`arrays` are the column's sections by name."""

    def __init__(self, arrays: Mapping[str, Any], rows: int) -> None:
        self._rows = rows
        self._tokens, self._beginnings, self._pairs = (
            RowSets({name: arrays[f"{kind}/{name}"] for name in SET_SECTIONS}, rows) for kind in SET_KINDS
        )
        self._codes, self._chains, self._chain_ends = arrays["codes"], arrays["chains"], arrays["chain_ends"]

    def having(self, token: str) -> Bits | None:
        """The rows with a token; None where it is not frequent."""
        return self._tokens.rows(token.encode())

    def beginning(self, character: str) -> Bits | None:
        """The rows with a token that begins with a character of CJK; None where they are not frequent."""
        return self._beginnings.rows(character.encode())

    def phrase(self, tokens: Sequence[str]) -> Bits | None:
        """The rows in which tokens follow each other; None where one of them has no code."""
        codes = [self._code(token) for token in tokens]
        if END in codes:
            return None
        found: Bits | None = None
        for pair in pairwise(codes):
            rows = self._pairs.rows(bytes(pair))
            if rows is None:
                return no_rows(self._rows)
            found = rows if found is None else found & rows
        return found if found is None or len(codes) < SHORTEST_CHAIN else self._chained(codes, found)

    def _code(self, token: str) -> int:
        place = self._tokens.place(token.encode())
        return END if place is None else int(self._codes[place])

    def _chained(self, codes: Sequence[int], among: Bits) -> Bits:
        """Those rows `among` some in whose chains the codes follow each other."""
        rows = numbers_of(among)
        if len(rows) * PICKED_SHARE > self._rows:
            found = np.searchsorted(self._chain_ends, _places(self._chains, codes), side="right")
            return bits_of(found, self._rows)
        ends = self._chain_ends[rows].astype(np.int64)
        sizes = ends - np.where(rows > 0, self._chain_ends[rows - 1], 0)
        picked_ends = np.cumsum(sizes)
        picked = self._chains[np.repeat(ends - picked_ends, sizes) + np.arange(sizes.sum())]
        return bits_of(rows[np.searchsorted(picked_ends, _places(picked, codes), side="right")], self._rows)


def _places(chains: npt.NDArray[np.uint8], codes: Sequence[int]) -> npt.NDArray[np.int64]:
    """Where codes follow each other; so many bytes at once that they stay in the processor's cache."""
    found = [np.empty(0, np.int64)]
    for first in range(0, len(chains) - len(codes) + 1, SCANNED_BYTES):
        block = chains[first : first + SCANNED_BYTES + len(codes) - 1]
        places = len(block) - len(codes) + 1
        is_there = block[:places] == codes[0]
        for step, code in enumerate(codes[1:], 1):
            is_there &= block[step : step + places] == code
        found.append(first + np.flatnonzero(is_there))
    return np.concatenate(found)
