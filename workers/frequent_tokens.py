"""The rows of a column's frequent tokens, and the chains of the most frequent ones, for `search_frequent` to read."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from domain.adapters.search_bits import BYTE_BITS
from domain.adapters.search_frequent import CODES, END
from domain.adapters.search_row_sets import DISTANCE_BYTES
from domain.adapters.search_words import CJK
from workers.index_words import TOKENS_AT_ONCE, Numbered, Tokens
from workers.piece_numbers import Ids
from workers.word_numbers import count_numbers, list_rows, pairs_of, write_chains, write_sets
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

    def times(self, size: int) -> Numbers:
        """How often each of so many numbers stands."""
        counts = np.zeros(size, np.int64)
        for numbers, _ in self.held:
            count_numbers(numbers, counts)
        return counts

    def listed(self, groups: Ids, size: int, more_than: int) -> "Listed":
        """The rows of those of so many groups of numbers that stand in more than so many rows."""
        times = np.zeros(size + 1, np.int64)  # the last one is NO_GROUP's own
        np.add.at(times, groups, self.times(len(groups)))
        times = times[:size]
        chosen = np.flatnonzero(times > more_than)
        starts = np.cumsum(times[chosen] + 1) - times[chosen]  # before the rows of each is a place that holds none
        rows, ends, row = np.full(int((times[chosen] + 1).sum()), NO_ROW, np.int32), starts.copy(), 0
        lines = np.full(size + 1, NO_GROUP, np.int32)
        lines[chosen] = np.arange(len(chosen))
        by_number = lines[groups]
        for numbers, row_ends in self.held:
            list_rows(numbers, row_ends, row, by_number, ends, rows)
            row += len(row_ends)
        is_many = ends - starts > more_than
        return Listed(chosen[is_many], rows, ends[is_many], (ends - starts)[is_many], self.rows)


@dataclass(frozen=True, slots=True)
class Listed:
    """Groups and their rows: those of group i are the `counts[i]` numbers of `rows` before `ends[i]`."""

    groups: Numbers
    rows: Ids
    ends: Numbers
    counts: Numbers
    of_rows: int

    def only(self, places: Numbers) -> "Listed":
        """Some of the groups, in the order of `places`."""
        return Listed(self.groups[places], self.rows, self.ends[places], self.counts[places], self.of_rows)

    def sections(self, name_of: Callable[[int], bytes]) -> dict[str, Any]:
        """What `search_row_sets` reads; the groups are in the order of their names."""
        told = [name_of(group) for group in self.groups.tolist()]
        bitmap = (self.of_rows + BYTE_BITS - 1) // BYTE_BITS
        room = int(np.minimum(self.counts * DISTANCE_BYTES, bitmap + DISTANCE_BYTES).sum())
        written, set_ends = np.empty(room, np.uint8), np.empty(len(told), np.uint32)
        size = write_sets(self.rows, self.ends, self.counts, bitmap, written, set_ends)
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

    def sections(self, tokens: Tokens) -> dict[str, Any]:
        """The column's arrays by name; `tokens` are those of the numbers."""
        least = max(self._tokens.rows // FREQUENT_SHARE, FREQUENT_ROWS)
        often = np.flatnonzero(self._tokens.times(len(tokens)) > least)
        (names, groups), (letters, beginnings) = _named(tokens, often)
        frequent = self._frequent((names, groups), least)
        coded = np.flatnonzero(frequent.counts > self._tokens.rows // CODED_SHARE)
        coded = coded[np.argsort(-frequent.counts[coded], kind="stable")][:CODES]
        codes = np.full(len(names) + 1, END, np.uint8)  # the last one is NO_GROUP's own
        codes[frequent.groups[coded]] = np.arange(1, len(coded) + 1)
        kinds = {
            "tokens": frequent.sections(names.__getitem__),
            "beginnings": self._frequent((letters, beginnings), least).sections(letters.__getitem__),
            "pairs": self._pairs(codes[groups]),
        }
        return {
            **{f"{kind}/{name}": array for kind, arrays in kinds.items() for name, array in arrays.items()},
            "codes": codes[frequent.groups],
            **self._chains(codes[groups]),
        }

    def _frequent(self, named: Groups, least: int) -> Listed:
        """The frequent groups in the order of their names: the most frequent, as many as there is room for."""
        names, groups = named
        tokens = self._tokens if names else RowNumbers(self._tokens.rows)
        listed = tokens.listed(groups, len(names), least)
        order = np.argsort(-listed.counts, kind="stable")
        sizes = np.minimum(listed.counts[order], tokens.rows // BYTE_BITS)
        order = order[: np.searchsorted(np.cumsum(sizes), self.text_bytes // SETS_SHARE, side="right")]
        by_name = sorted(order.tolist(), key=lambda place: names[listed.groups[place]])
        return listed.only(np.array(by_name, np.int64))

    def _pairs(self, codes: Bytes) -> dict[str, Any]:
        """The rows of all pairs of codes; `codes` are by number."""
        pairs, size = RowNumbers(), (CODES + 1) ** 2
        for numbers, row_ends in self._tokens.held:
            found, found_ends = np.empty(len(numbers), np.int32), np.empty_like(row_ends)
            pairs.add(found[: pairs_of(numbers, row_ends, codes, found, found_ends)].copy(), found_ends)
        listed = pairs.listed(np.arange(size, dtype=np.int32), size, 0)
        return listed.sections(lambda pair: bytes(divmod(pair, CODES + 1)))

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


def _named(tokens: Tokens, often: Numbers) -> tuple[Groups, Groups]:
    """The tokens of numbers that stand often, and the characters of CJK with which tokens begin.

    A token that was made may be that of other numbers too. They may be millions, so some are looked at at once.
    """
    often_tokens = tokens.of(often)
    names = {token: place for place, token in enumerate(dict.fromkeys(often_tokens))}
    letters: dict[str, int] = {}
    groups, beginnings = np.full((2, len(tokens)), NO_GROUP, np.int32)
    groups[often] = [names[token] for token in often_tokens]
    looked_at = tokens.made()
    if any(token.isascii() for token in tokens.of(np.intersect1d(often, looked_at))):
        looked_at = np.arange(len(tokens))  # it may be the token of a piece as it is
    for first in range(0, len(looked_at), TOKENS_AT_ONCE):
        numbers = looked_at[first : first + TOKENS_AT_ONCE]
        some = tokens.of(numbers)
        groups[numbers] = [names.get(token, NO_GROUP) for token in some]
        beginnings[numbers] = [
            NO_GROUP if token.isascii() or not CJK.match(token) else letters.setdefault(token[0], len(letters))
            for token in some
        ]
    return ([name.encode() for name in names], groups), ([letter.encode() for letter in letters], beginnings)
