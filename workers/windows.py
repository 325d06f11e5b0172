"""Which tokens of a document go into which sequence: one window that cuts it off, or several that overlap."""

from dataclasses import dataclass

import numpy as np

from workers.tokens import Offsets, Tokens, offsets_after


@dataclass(frozen=True, slots=True)
class Windows:
    """Window i is `ids[starts[i]:stops[i]]` of document `documents[i]`.

    `overlaps[i]` of its tokens stood in the window before: its first ones, or its last ones where windows are counted
    from the end.
    """

    documents: Offsets
    starts: Offsets
    stops: Offsets
    overlaps: Offsets

    @property
    def lengths(self) -> Offsets:
        return self.stops - self.starts

    def of(self, source: Tokens) -> Tokens:
        """The tokens of every window, as rows."""
        if int(self.lengths.sum()) == len(source.ids) and len(self.starts) == len(source.lengths):
            return source  # nothing is cut off
        return rows_of(source, self.starts, self.lengths)


def truncated(source: Tokens, budget: int, side: str) -> Windows:
    """One window of at most `budget` tokens a document; the rest is cut off on `side`, "right" or "left"."""
    first, last = source.offsets[:-1], source.offsets[1:]
    documents = np.arange(len(first))
    if side == "left":
        return Windows(documents, np.maximum(last - budget, first), last, np.zeros_like(first))
    return Windows(documents, first, np.minimum(first + budget, last), np.zeros_like(first))


def sliding(source: Tokens, budget: int, stride: int, side: str) -> Windows:
    """Windows of `budget` tokens, each repeating `stride` (< budget) of the one before, until every token is in one.

    As transformers' `return_overflowing_tokens`: they begin at the end where `side` is "left".
    """
    step = budget - stride
    counts = 1 + np.maximum(-(-(source.lengths - budget) // step), 0)
    documents = np.repeat(np.arange(len(counts)), counts)
    turns = cells_of(np.zeros_like(counts), counts)
    overlaps = np.where(turns > 0, stride, 0)
    first, last = source.offsets[documents], source.offsets[documents + 1]
    if side == "left":
        stops = last - turns * step
        return Windows(documents, np.maximum(stops - budget, first), stops, overlaps)
    starts = first + turns * step
    return Windows(documents, starts, np.minimum(starts + budget, last), overlaps)


def cells_of(starts: Offsets, lengths: Offsets) -> Offsets:
    """start, start + 1, ... of every range, one after the other."""
    offsets = offsets_after(lengths)
    return np.arange(offsets[-1]) + np.repeat(starts - offsets[:-1], lengths)


def rows_of(source: Tokens, starts: Offsets, lengths: Offsets) -> Tokens:
    """The rows `ids[start:start + length]`."""
    return Tokens(source.ids[cells_of(starts, lengths)], offsets_after(lengths))
