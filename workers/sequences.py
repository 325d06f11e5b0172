"""From the tokens of texts to the sequences that are written: cut to a length, special tokens set around them.

Two ways stand behind `Cutting`: arrays (special tokens proved to be a fixed frame), and calling the tokenizer itself.
"""

import warnings
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from workers.engines import Engine, Ids, Offsets, Tokens, engine_of, texts_of, tokens_of

Mask = npt.NDArray[np.bool_]

PROBES = ("probe", "", " two words ", "A longer probe, of 42 things; more of it.", "Ünïcode 漢字 🙂🙂", "\t\n\x00")
PROBED_BUDGETS = (1, 2, 7, 1_000)


@dataclass(frozen=True, slots=True)
class Sequences:
    """Rows ready to be written, and what became of the tokens that they were made from.

    `is_text` says for each cell of `tokens.ids` whether it comes from the text or is a special token set around it.
    `source_tokens = kept_tokens + truncated_tokens`, each counted for itself.
    """

    tokens: Tokens
    is_text: Mask
    source_tokens: int
    kept_tokens: int
    truncated_tokens: int


class Cutting(Protocol):
    """Texts to sequences of at most `max_length` cells."""

    def sequences(self, texts: Any) -> Sequences:
        """The sequences of a pyarrow StringArray, one each."""
        ...


@dataclass(frozen=True, slots=True)
class Frame:
    """The special tokens that a tokenizer sets before and after every text.

    `after_once`: nothing is set after a text that ends with `after` itself (ByT5 and its end of sequence).
    """

    before: Ids
    after: Ids
    after_once: bool = False

    @property
    def size(self) -> int:
        """Cells that a text must leave free."""
        return len(self.before) + len(self.after)

    def around(self, kept: Tokens) -> tuple[Tokens, Mask]:
        """The framed rows, and which of their cells are text."""
        if not self.size:
            return kept, np.ones(len(kept.ids), np.bool_)
        after_lengths = np.where(self._ended(kept), 0, len(self.after))
        offsets = np.zeros_like(kept.offsets)
        np.cumsum(len(self.before) + kept.lengths + after_lengths, out=offsets[1:])
        ids = np.empty(int(offsets[-1]), np.int32)
        is_text = np.ones(len(ids), np.bool_)
        self._set(ids, is_text, offsets[:-1], self.before)
        self._set(ids, is_text, (offsets[1:] - len(self.after))[after_lengths > 0], self.after)
        ids[is_text] = kept.ids
        return Tokens(ids, offsets), is_text

    @staticmethod
    def _set(ids: Ids, is_text: Mask, starts: Offsets, special: Ids) -> None:
        for place, token in enumerate(special):
            ids[starts + place] = token
            is_text[starts + place] = False

    def _ended(self, kept: Tokens) -> Mask:
        ended = np.zeros(len(kept.offsets) - 1, np.bool_)
        if self.after_once:
            filled = kept.lengths > 0
            ended[filled] = kept.ids[kept.offsets[1:][filled] - 1] == self.after[0]
        return ended


NO_FRAME = Frame(np.empty(0, np.int32), np.empty(0, np.int32))


@dataclass(frozen=True, slots=True)
class FramedCutting:
    """Cuts and frames by arrays; `side` is the one where tokens are cut off, "right" or "left"."""

    engine: Engine
    frame: Frame
    max_length: int
    side: str

    def sequences(self, texts: Any) -> Sequences:
        source = self.engine.encode(texts)
        budget = self.max_length - self.frame.size
        kept, truncated = cut(source, budget, self.side)
        tokens, is_text = self.frame.around(kept)
        return Sequences(tokens, is_text, len(source.ids), int(kept.offsets[-1]), truncated)


@dataclass(frozen=True, slots=True)
class CalledCutting:
    """The tokenizer called as a user would, where its special tokens are no fixed frame. Slow, and always right."""

    tokenizer: Any
    engine: Engine
    max_length: int

    def sequences(self, texts: Any) -> Sequences:
        source = self.engine.encode(texts)
        called = call(self.tokenizer, texts_of(texts), self.max_length, return_special_tokens_mask=True)
        tokens = tokens_of([np.asarray(row, np.int32) for row in called["input_ids"]])
        masks = tokens_of([np.asarray(row, np.int32) for row in called["special_tokens_mask"]])
        budget = self.max_length - self.tokenizer.num_special_tokens_to_add(False)
        kept = int(np.minimum(source.lengths, budget).sum())
        truncated = int(np.maximum(source.lengths - budget, 0).sum())
        return Sequences(tokens, masks.ids == 0, len(source.ids), kept, truncated)


def cut(source: Tokens, budget: int, side: str) -> tuple[Tokens, int]:
    """At most `budget` tokens of each row, and how many were cut off."""
    lengths = source.lengths
    excess = np.maximum(lengths - budget, 0)
    truncated = int(excess.sum())
    if not truncated:
        return source, 0
    place = np.arange(len(source.ids)) - np.repeat(source.offsets[:-1], lengths)
    first = excess if side == "left" else np.zeros_like(excess)
    stays = (place >= np.repeat(first, lengths)) & (place < np.repeat(first + budget, lengths))
    offsets = np.zeros_like(source.offsets)
    np.cumsum(np.minimum(lengths, budget), out=offsets[1:])
    return Tokens(source.ids[stays], offsets), truncated


def cutting_of(tokenizer: Any, max_length: int, *, add_special_tokens: bool) -> Cutting:
    """How this tokenizer's sequences are made: by arrays where probes prove the same ids, else by calling it."""
    engine = engine_of(tokenizer)
    frame = frame_of(tokenizer, engine) if add_special_tokens else NO_FRAME
    if frame is not None:
        return FramedCutting(engine, frame, max_length, tokenizer.truncation_side)
    return CalledCutting(tokenizer, engine, max_length)


def frame_of(tokenizer: Any, engine: Engine) -> Frame | None:
    """The frame that gives transformers' own ids for every probe and length; None when no frame does."""
    probes = [*PROBES, *(f"probe{token}" for token in tokenizer.all_special_tokens[:8])]
    texts = pa.array(probes, pa.string())
    bare = next(engine.encode(texts).rows())
    framed = call(tokenizer, probes[:1], None)["input_ids"][0]
    return next((frame for frame in _frames(bare, framed) if _proved(tokenizer, engine, frame, texts)), None)


def _frames(bare: Sequence[int], framed: Sequence[int]) -> Generator[Frame]:
    """Every way in which `framed` is something before `bare` and something after it."""
    for before in range(len(framed) - len(bare) + 1):
        end = before + len(bare)
        if list(framed[before:end]) == list(bare):
            sides = np.asarray(framed[:before], np.int32), np.asarray(framed[end:], np.int32)
            yield Frame(*sides)
            if len(sides[1]) == 1:
                yield Frame(*sides, after_once=True)


def _proved(tokenizer: Any, engine: Engine, frame: Frame, texts: Any) -> bool:
    return all(
        list(FramedCutting(engine, frame, length, tokenizer.truncation_side).sequences(texts).tokens.rows())
        == call(tokenizer, texts.to_pylist(), length)["input_ids"]
        for length in (frame.size + budget for budget in PROBED_BUDGETS)
    )


def call(tokenizer: Any, texts: list[str], max_length: int | None, **options: Any) -> Any:
    """What transformers itself gives, with special tokens, cut to `max_length` (None: not cut)."""
    with _repeated_ends_are_expected():
        return tokenizer(texts, truncation=max_length is not None, max_length=max_length, verbose=False, **options)


@contextmanager
def _repeated_ends_are_expected() -> Generator[None]:
    # ByT5 and T5 warn of each text that ends with </s>; what they do then is what is wanted
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="This sequence already has", category=UserWarning)
        yield
