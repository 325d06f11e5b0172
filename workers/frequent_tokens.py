"""The rows of a column's frequent tokens, and the chains of the most frequent ones, for `search_frequent` to read."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from domain.adapters.search_bits import BYTE_BITS
from domain.adapters.search_frequent import CODES, END
from domain.adapters.search_row_sets import DISTANCE_BYTES
from domain.adapters.search_words import CJK
from workers.index_words import Numbered
from workers.piece_numbers import Ids
from workers.word_numbers import count_rows, list_rows, pairs_of, write_chains, write_sets
from workers.word_table import Bytes, Numbers

# A token is frequent when it stands in more than one of so many rows, and in more than so many: fewer are as quickly
# told by Tantivy. Those with a code stand in more than one of so many.
FREQUENT_SHARE, CODED_SHARE, FREQUENT_ROWS = 128, 20, 64
# Of a column's text, the sets of tokens take at most one of so many bytes.
SETS_SHARE = 16
NO_ROW = NO_GROUP = -1

Groups = tuple[list[bytes], Ids]
"""Names, and by number which of them it belongs to, NO_GROUP: none."""


@dataclass(slots=True)
class RowNumbers:
    """Numbers of some kind that rows have, row by row."""

    rows: int = 0
    held: list[tuple[Ids, Numbers]] = field(default_factory=list)

    def add(self, numbers: Ids, row_ends: Numbers) -> None:
        """The next rows: those of row i end at `row_ends[i]`."""
        self.held.append((numbers, row_ends))
        self.rows += len(row_ends)

    def counts(self, groups: Ids, size: int) -> Numbers:
        """In how many rows each of so many groups of numbers stands."""
        counts, last_rows, row = np.zeros(size, np.int64), np.zeros(size, np.int32), 0
        for numbers, row_ends in self.held:
            count_rows(numbers, row_ends, row, groups, last_rows, counts)
            row += len(row_ends)
        return counts

    def sets(self, named: Groups, counts: Numbers, chosen: Numbers) -> dict[str, Any]:
        """The sections of the chosen groups; `counts` are of all."""
        names, groups = named
        chosen = np.array(sorted(chosen.tolist(), key=names.__getitem__), np.int64)
        sizes, told = counts[chosen], [names[group] for group in chosen.tolist()]
        ends = np.cumsum(sizes + 1)  # before the rows of each is one more place, which holds none
        lines = np.full(len(names) + 1, NO_GROUP, np.int32)  # the last one is NO_GROUP's own
        lines[chosen] = np.arange(len(chosen))
        rows, places, row = np.full(int(ends[-1]) if len(ends) else 0, NO_ROW, np.int32), ends - sizes, 0
        for numbers, row_ends in self.held:
            list_rows(numbers, row_ends, row, lines[groups], places, rows)
            row += len(row_ends)
        bitmap = (self.rows + BYTE_BITS - 1) // BYTE_BITS
        room = int(np.minimum(sizes * DISTANCE_BYTES, bitmap + DISTANCE_BYTES).sum())
        written, set_ends = np.empty(room, np.uint8), np.empty(len(chosen), np.uint32)
        size = write_sets(rows, ends, sizes, bitmap, written, set_ends)
        return {
            "names": np.frombuffer(b"".join(told), np.uint8),
            "name_ends": np.cumsum([len(name) for name in told], dtype=np.uint32),
            "sets": written[:size],
            "set_ends": set_ends,
        }


@dataclass(slots=True)
class RowTokens:
    """The tokens of a column's rows, by number."""

    text_bytes: int = 0
    _tokens: RowNumbers = field(default_factory=RowNumbers)

    def add(self, rows: Numbered, text_bytes: int) -> None:
        """The next rows."""
        self._tokens.add(rows.numbers, rows.row_ends)
        self.text_bytes += text_bytes

    def sections(self, tokens: Sequence[str]) -> dict[str, Any]:
        """The column's arrays by name; `tokens` are those of the numbers."""
        names, groups = _by_token(tokens)
        counts = self._tokens.counts(groups, len(names))
        chosen = self._chosen(counts)
        sets = self._tokens.sets((names, groups), counts, chosen)
        coded = chosen[counts[chosen] > self._tokens.rows // CODED_SHARE][:CODES]
        codes = np.full(len(names), END, np.uint8)
        codes[coded] = np.arange(1, len(coded) + 1)
        kinds = {"tokens": sets, "beginnings": self._beginnings(tokens), "pairs": self._pairs(codes[groups])}
        return {
            **{f"{kind}/{name}": array for kind, arrays in kinds.items() for name, array in arrays.items()},
            "codes": codes[sorted(chosen.tolist(), key=names.__getitem__)],
            **self._chains(codes[groups]),
        }

    def _chosen(self, counts: Numbers) -> Numbers:
        """The frequent groups, the most frequent first, as many as there is room for."""
        rows = self._tokens.rows
        order = np.argsort(-counts, kind="stable")
        order = order[counts[order] > max(rows // FREQUENT_SHARE, FREQUENT_ROWS)]
        sizes = np.minimum(counts[order], rows // BYTE_BITS)
        return order[: np.searchsorted(np.cumsum(sizes), self.text_bytes // SETS_SHARE, side="right")]

    def _beginnings(self, tokens: Sequence[str]) -> dict[str, Any]:
        """What is found by a single character of CJK."""
        named = _by_beginning(tokens)
        counts = self._tokens.counts(named[1], len(named[0]))
        return self._tokens.sets(named, counts, self._chosen(counts))

    def _pairs(self, codes: Bytes) -> dict[str, Any]:
        """The rows of all pairs of codes; `codes` are by number."""
        pairs, size = RowNumbers(), (CODES + 1) ** 2
        for numbers, row_ends in self._tokens.held:
            found, found_ends = np.empty(len(numbers), np.int32), np.empty_like(row_ends)
            pairs.add(found[: pairs_of(numbers, row_ends, codes, found, found_ends)].copy(), found_ends)
        groups = np.arange(size, dtype=np.int32)
        counts = pairs.counts(groups, size)
        names = [bytes(divmod(pair, CODES + 1)) for pair in range(size)]
        return pairs.sets((names, groups), counts, np.flatnonzero(counts))

    def _chains(self, codes: Bytes) -> dict[str, Any]:
        """`codes` are by number."""
        chains, ends, before = [np.empty(0, np.uint8)], [np.empty(0, np.int64)], 0
        for numbers, row_ends in self._tokens.held:
            written, chain_ends = np.empty(len(numbers) * 3 // 2 + 1, np.uint8), np.empty_like(row_ends)
            size = write_chains(numbers, row_ends, codes, written, chain_ends)
            chains.append(written[:size].copy())
            ends.append(before + chain_ends)
            before += size
        return {"chains": np.concatenate(chains), "chain_ends": np.concatenate(ends).astype(np.uint32)}


def _by_token(tokens: Sequence[str]) -> Groups:
    names: dict[str, int] = {}
    groups = [names.setdefault(token, len(names)) for token in tokens]
    return [name.encode() for name in names], np.array(groups, np.int32)


def _by_beginning(tokens: Sequence[str]) -> Groups:
    names: dict[str, int] = {}
    groups = [
        NO_GROUP if token.isascii() or not CJK.match(token) else names.setdefault(token[0], len(names))
        for token in tokens
    ]
    return [name.encode() for name in names], np.array(groups, np.int32)
