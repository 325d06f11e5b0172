"""The special tokens that a tokenizer sets around a text, found by asking it and proved against it."""

import warnings
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from workers.tokens import Engine, Ids, Mask, Offsets, Tokens, offsets_after
from workers.windows import truncated

PROBES = ("probe", "", " two words ", "A longer probe, of 42 things; more of it.", "Ünïcode 漢字 🙂🙂", "\t\n\x00")
PROBED_BUDGETS = (1, 2, 7, 1_000)


@dataclass(frozen=True, slots=True)
class Frame:
    """The special tokens set before and after every row.

    `after_once`: nothing is set after a row that ends with `after` itself (ByT5 and its end of sequence).
    """

    before: Ids
    after: Ids
    after_once: bool = False

    @property
    def size(self) -> int:
        """Cells that a row must leave free."""
        return len(self.before) + len(self.after)

    def around(self, kept: Tokens) -> tuple[Tokens, Mask]:
        """The framed rows, and which of their cells are not of the frame."""
        if not self.size:
            return kept, np.ones(len(kept.ids), np.bool_)
        after_lengths = np.where(self._ended(kept), 0, len(self.after))
        offsets = offsets_after(len(self.before) + kept.lengths + after_lengths)
        ids = np.empty(int(offsets[-1]), np.int32)
        inside = np.ones(len(ids), np.bool_)
        self._set(ids, inside, offsets[:-1], self.before)
        self._set(ids, inside, (offsets[1:] - len(self.after))[after_lengths > 0], self.after)
        ids[inside] = kept.ids
        return Tokens(ids, offsets), inside

    @staticmethod
    def _set(ids: Ids, inside: Mask, starts: Offsets, special: Ids) -> None:
        for place, token in enumerate(special):
            ids[starts + place] = token
            inside[starts + place] = False

    def _ended(self, kept: Tokens) -> Mask:
        ended = np.zeros(len(kept.offsets) - 1, np.bool_)
        if self.after_once:
            filled = kept.lengths > 0
            ended[filled] = kept.ids[kept.offsets[1:][filled] - 1] == self.after[0]
        return ended


def frame_with(before: Sequence[int], after: Sequence[int], *, after_once: bool = False) -> Frame:
    """A frame of these ids."""
    return Frame(np.asarray(before, np.int32), np.asarray(after, np.int32), after_once)


NO_FRAME = frame_with((), ())


def frame_of(tokenizer: Any, engine: Engine) -> Frame | None:
    """The frame that gives transformers' own ids for every probe and length; None when no frame does."""
    probes = [*PROBES, *(f"probe{token}" for token in tokenizer.all_special_tokens[:8])]
    source = engine.encode(pa.array(probes, pa.string()))
    bare = next(source.rows())
    framed = call(tokenizer, probes[:1], None)["input_ids"][0]
    return next((frame for frame in _frames(bare, framed) if _proved(tokenizer, frame, probes, source)), None)


def _frames(bare: Sequence[int], framed: Sequence[int]) -> Generator[Frame]:
    """Every way in which `framed` is something before `bare` and something after it."""
    for before in range(len(framed) - len(bare) + 1):
        end = before + len(bare)
        if list(framed[before:end]) == list(bare):
            yield frame_with(framed[:before], framed[end:])
            if len(framed) == end + 1:
                yield frame_with(framed[:before], framed[end:], after_once=True)


def _proved(tokenizer: Any, frame: Frame, probes: list[str], source: Tokens) -> bool:
    side = tokenizer.truncation_side
    return all(
        list(frame.around(truncated(source, budget, side).of(source))[0].rows())
        == call(tokenizer, probes, frame.size + budget)["input_ids"]
        for budget in PROBED_BUDGETS
    )


def call(tokenizer: Any, texts: list[str], max_length: int | None, **options: Any) -> Any:
    """What transformers itself gives, with special tokens, cut to `max_length` (None: not cut)."""
    with repeated_ends_are_expected():
        return tokenizer(texts, truncation=max_length is not None, max_length=max_length, verbose=False, **options)


@contextmanager
def repeated_ends_are_expected() -> Generator[None]:
    """Keeps warnings about them from the log."""
    # ByT5 and T5 warn of each text that ends with </s>; what they do then is what is wanted
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="This sequence already has", category=UserWarning)
        yield
