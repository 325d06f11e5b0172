"""From the tokens of documents to the sequences that are written: cut to a length, special tokens set around them.

Two ways stand behind `Cutting`: arrays (special tokens proved to be a fixed frame), and calling the tokenizer itself.
"""

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from workers.engines import Engine, Mask, Offsets, Tokens, engine_of, texts_of, tokens_of
from workers.frames import NO_FRAME, Frame, call, frame_of, repeated_ends_are_expected
from workers.windows import Windows, cells_of, sliding, truncated

Roles = npt.NDArray[np.uint8]
"""What a cell holds: a token of a text, a special token that was set, a token repeated from the sequence before."""
TEXT, SPECIAL, OVERLAP = range(3)


def roles_of(is_text: Mask) -> Roles:
    """TEXT and SPECIAL, one byte a cell."""
    roles: Roles = (~is_text).view(np.uint8)
    return roles


@dataclass(frozen=True, slots=True)
class Spans:
    """Which cells hold the text of which document: span j is cells [starts[j], stops[j]) of document `documents[j]`.

    Sequence i has the spans `offsets[i]` to `offsets[i + 1]`, in order. Documents are numbers that the maker gives.
    """

    offsets: Offsets
    documents: Offsets
    starts: Offsets
    stops: Offsets


@dataclass(frozen=True, slots=True)
class Sequences:
    """Rows ready to be written, without padding, and what became of the tokens that they were made from.

    `roles` has one entry for each cell of `tokens.ids`.
    """

    tokens: Tokens
    roles: Roles
    spans: Spans
    kept_tokens: int
    truncated_tokens: int = 0

    @property
    def is_text(self) -> Mask:
        """Which cells hold a token of a text for the first time."""
        is_text: Mask = self.roles == TEXT
        return is_text


@dataclass(frozen=True, slots=True)
class Lengths:
    """`max_length` cells of a sequence; `stride` tokens shared by two windows, None: one sequence a document.

    `side` is the one where tokens are cut off, "right" or "left".
    """

    max_length: int
    stride: int | None
    side: str

    def windows(self, source: Tokens, specials: int) -> Windows:
        """How documents are cut where `specials` cells of each sequence are not theirs."""
        budget = self.max_length - specials
        if self.stride is None:
            return truncated(source, budget, self.side)
        return sliding(source, budget, self.stride, self.side)

    def cut_off(self, source: Tokens, specials: int) -> int:
        """Tokens that come into no sequence: those beyond the budget, where there is one sequence a document."""
        if self.stride is not None:
            return 0
        return int(np.maximum(source.lengths - (self.max_length - specials), 0).sum())


class Cutting(Protocol):
    """Documents to sequences."""

    @property
    def engine(self) -> Engine:
        """What makes the tokens that are cut."""
        ...

    def cut(self, source: Tokens, texts: Any) -> Sequences:
        """The sequences of `source`, the tokens of a pyarrow StringArray; spans name rows of both."""
        ...

    def sequences(self, texts: Any) -> Sequences:
        """Encoded and cut."""
        ...


@dataclass(frozen=True, slots=True)
class FramedCutting:
    """Cuts and frames by arrays."""

    engine: Engine
    frame: Frame
    lengths: Lengths

    def sequences(self, texts: Any) -> Sequences:
        return self.cut(self.engine.encode(texts), texts)

    def cut(self, source: Tokens, texts: Any) -> Sequences:
        windows = self.lengths.windows(source, self.frame.size)
        tokens, inside = self.frame.around(windows.of(source))
        roles = roles_of(inside)
        starts = np.full(len(windows.starts), len(self.frame.before))
        spans = _one_each(windows, starts, starts + windows.lengths)
        if self.lengths.stride:
            repeated = spans.stops - windows.overlaps if self.lengths.side == "left" else starts
            roles[cells_of(tokens.offsets[:-1] + repeated, windows.overlaps)] = OVERLAP
        kept = int((windows.lengths - windows.overlaps).sum())
        return Sequences(tokens, roles, spans, kept, self.lengths.cut_off(source, self.frame.size))


@dataclass(frozen=True, slots=True)
class CalledCutting:
    """The tokenizer called as a user would, where its special tokens are no fixed frame. Slow, and always right."""

    tokenizer: Any
    engine: Engine
    lengths: Lengths

    def sequences(self, texts: Any) -> Sequences:
        return self.cut(self.engine.encode(texts), texts)

    def cut(self, source: Tokens, texts: Any) -> Sequences:
        specials = self.tokenizer.num_special_tokens_to_add(False)
        windows = self.lengths.windows(source, specials)
        rows, masks = self._rows(windows.of(source), texts)
        tokens = tokens_of([np.asarray(row, np.int32) for row in rows])
        masked = tokens_of([np.asarray(mask, np.int32) for mask in masks]).ids
        roles = roles_of(masked == 0)
        starts, stops = _repeated(roles, tokens, windows, self.lengths.side)
        kept = int((windows.lengths - windows.overlaps).sum())
        spans = _one_each(windows, starts, stops)
        return Sequences(tokens, roles, spans, kept, self.lengths.cut_off(source, specials))

    def _rows(self, cut: Tokens, texts: Any) -> tuple[list[list[int]], list[list[int]]]:
        """Ids with special tokens and the masks of those; a tokenizer without a fast form frames what we cut."""
        if self.lengths.stride is not None and not self.tokenizer.is_fast:
            with repeated_ends_are_expected():
                return (
                    [self.tokenizer.build_inputs_with_special_tokens(row) for row in cut.rows()],
                    [self.tokenizer.get_special_tokens_mask(row) for row in cut.rows()],
                )
        options: dict[str, Any] = {"return_special_tokens_mask": True}
        if self.lengths.stride is not None:
            options |= {"return_overflowing_tokens": True, "stride": self.lengths.stride}
        called = call(self.tokenizer, texts_of(texts), self.lengths.max_length, **options)
        return called["input_ids"], called["special_tokens_mask"]


def _one_each(windows: Windows, starts: Offsets, stops: Offsets) -> Spans:
    return Spans(np.arange(len(starts) + 1), windows.documents, starts, stops)


def _repeated(roles: Roles, tokens: Tokens, windows: Windows, side: str) -> tuple[Offsets, Offsets]:
    """Marks the text cells that windows repeat, wherever special tokens stand; where the text of each row lies."""
    cells = np.flatnonzero(roles == TEXT)
    rows = np.repeat(np.arange(len(tokens.lengths)), tokens.lengths)[cells]
    counts = np.bincount(rows, minlength=len(tokens.lengths))
    ranks = cells_of(np.zeros_like(counts), counts)
    from_near_end = counts[rows] - 1 - ranks if side == "left" else ranks
    roles[cells[from_near_end < windows.overlaps[rows]]] = OVERLAP
    places = cells - tokens.offsets[rows]
    starts, stops = np.zeros_like(counts), np.zeros_like(counts)
    starts[rows[ranks == 0]] = places[ranks == 0]
    stops[rows[ranks == counts[rows] - 1]] = places[ranks == counts[rows] - 1] + 1
    return starts, stops


def cutting_of(
    tokenizer: Any,
    max_length: int,
    *,
    add_special_tokens: bool,
    stride: int | None = None,
    engine: Engine | None = None,
) -> Cutting:
    """How this tokenizer's sequences are made: by arrays where probes prove the same ids, else by calling it.

    `stride` None: one sequence a document, the rest cut off; else windows that share so many tokens.
    """
    engine = engine or engine_of(tokenizer)
    lengths = Lengths(max_length, stride, tokenizer.truncation_side)
    frame = frame_of(tokenizer, engine) if add_special_tokens else NO_FRAME
    if frame is not None:
        return FramedCutting(engine, frame, lengths)
    return CalledCutting(tokenizer, engine, lengths)
