"""The rows of a column's frequent tokens, and the chains of the most frequent ones, for `search_frequent` to read."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from domain.adapters.search_bits import bits_of
from domain.adapters.search_frequent import BEGINNING, BITMAP_SHARE, CODES, END, LONG_WAY
from domain.adapters.search_words import CJK
from workers.index_words import Numbered
from workers.piece_numbers import Ids
from workers.word_numbers import count_rows, list_rows, write_chains, write_distances
from workers.word_table import Bytes, Numbers

# A token is frequent when it stands in more than one of so many rows, and in more than so many: fewer are as quickly
# told by Tantivy.
FREQUENT_SHARE, FREQUENT_ROWS = 128, 64
# Those of the most frequent stand in more than one of so many.
CODED_SHARE = 64
# Of a column's text, row sets take at most one of so many bytes.
SETS_SHARE = 16
NO_ROW = NO_GROUP = -1

Groups = tuple[list[str], Ids]
"""Names, and by number which of them it belongs to, -1: none."""


@dataclass(frozen=True, slots=True)
class _Frequent:
    """A frequent token, as bytes: its rows as they are kept, and its code."""

    token: bytes
    rows: Bytes
    code: int = END


@dataclass(slots=True)
class RowTokens:
    """The tokens of a column's rows, by number."""

    rows: int = 0
    text_bytes: int = 0
    _held: list[Numbered] = field(default_factory=list)

    def add(self, rows: Numbered, text_bytes: int) -> None:
        """The next rows."""
        self._held.append(rows)
        self.rows += len(rows.row_ends)
        self.text_bytes += text_bytes

    def sections(self, tokens: Sequence[str]) -> dict[str, Any]:
        """The column's arrays by name; `tokens` are those of the numbers."""
        names, groups = _by_token(tokens)
        counts = self._counts(groups, len(names))
        chosen = self._chosen(counts)
        coded = chosen[counts[chosen] > self.rows // CODED_SHARE][:CODES]
        codes = np.full(len(names), END, np.uint8)
        codes[coded] = np.arange(1, len(coded) + 1)
        frequent = [
            *self._frequent((names, groups), counts, chosen, codes),
            *self._beginnings(tokens),
        ]
        return {**_told(sorted(frequent, key=lambda each: each.token)), **self._chains(codes[groups])}

    def _counts(self, groups: Ids, size: int) -> Numbers:
        """In how many rows each group stands."""
        counts, last_rows, row = np.zeros(size, np.int64), np.zeros(size, np.int32), 0
        for held in self._held:
            count_rows(held.numbers, held.row_ends, row, groups, last_rows, counts)
            row += len(held.row_ends)
        return counts

    def _chosen(self, counts: Numbers) -> Numbers:
        """The frequent groups, the most frequent first, as many as there is room for."""
        order = np.argsort(-counts, kind="stable")
        order = order[counts[order] > max(self.rows // FREQUENT_SHARE, FREQUENT_ROWS)]
        sizes = np.minimum(counts[order], self.rows // BITMAP_SHARE)
        return order[: np.searchsorted(np.cumsum(sizes), self.text_bytes // SETS_SHARE, side="right")]

    def _frequent(self, named: Groups, counts: Numbers, chosen: Numbers, codes: Bytes) -> Iterator[_Frequent]:
        names, groups = named
        # Before the rows of each is one more place, which holds none.
        ends = np.cumsum(counts[chosen] + 1)
        rows = np.full(int(ends[-1]) if len(ends) else 0, NO_ROW, np.int32)
        lines, places = np.full(len(names), NO_GROUP, np.int32), ends - counts[chosen]
        lines[chosen] = np.arange(len(chosen))
        self._list(np.where(groups < 0, NO_GROUP, lines[groups]), places, rows)
        for group, end in zip(chosen.tolist(), ends.tolist(), strict=True):
            kept = _kept(rows[end - counts[group] : end], self.rows)
            yield _Frequent(names[group].encode(), kept, int(codes[group]))

    def _list(self, groups: Ids, places: Numbers, rows: Ids) -> None:
        row = 0
        for held in self._held:
            list_rows(held.numbers, held.row_ends, row, groups, places, rows)
            row += len(held.row_ends)

    def _beginnings(self, tokens: Sequence[str]) -> Iterator[_Frequent]:
        """What is found by a single character of CJK."""
        names, groups = _by_beginning(tokens)
        if names:
            counts = self._counts(groups, len(names))
            yield from self._frequent((names, groups), counts, self._chosen(counts), np.zeros(len(names), np.uint8))

    def _chains(self, codes: Bytes) -> dict[str, Any]:
        """`codes` are by number."""
        chains, ends, before = [np.empty(0, np.uint8)], [np.empty(0, np.int64)], 0
        for held in self._held:
            written, row_ends = np.empty(len(held.numbers) * 3 // 2 + 1, np.uint8), np.empty_like(held.row_ends)
            size = write_chains(held.numbers, held.row_ends, codes, written, row_ends)
            chains.append(written[:size].copy())
            ends.append(before + row_ends)
            before += size
        return {"chains": np.concatenate(chains), "chain_ends": np.concatenate(ends).astype(np.uint32)}


def _by_token(tokens: Sequence[str]) -> Groups:
    names: dict[str, int] = {}
    groups = [names.setdefault(token, len(names)) for token in tokens]
    return list(names), np.array(groups, np.int32)


def _by_beginning(tokens: Sequence[str]) -> Groups:
    names: dict[str, int] = {}
    groups = [names.setdefault(token[0] + BEGINNING, len(names)) if CJK.match(token) else NO_GROUP for token in tokens]
    return list(names), np.array(groups, np.int32)


def _kept(rows: Ids, of: int) -> Bytes:
    """Distances, or a bitmap where that is not longer."""
    written = np.empty(len(rows) + of // LONG_WAY + 1, np.uint8)
    size = write_distances(rows, written)
    bitmap = bits_of(rows, of) if len(rows) * BITMAP_SHARE > of // 2 else None
    return written[:size] if bitmap is None or size < len(bitmap) else bitmap


def _told(frequent: Sequence[_Frequent]) -> dict[str, Any]:
    return {
        "tokens": np.frombuffer(b"".join(each.token for each in frequent), np.uint8),
        "token_ends": np.cumsum([len(each.token) for each in frequent], dtype=np.uint32),
        "sets": np.concatenate([np.empty(0, np.uint8), *(each.rows for each in frequent)]),
        "set_ends": np.cumsum([len(each.rows) for each in frequent], dtype=np.uint32),
        "codes": np.array([each.code for each in frequent], np.uint8),
    }
