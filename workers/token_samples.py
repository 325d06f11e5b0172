"""Tokenizes a sample of a dataset's rows as a run would, and counts what becomes of them."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from operator import itemgetter
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import pyarrow.compute as pc

from domain.adapters.length_counts import LengthCounts
from workers.conservation import Counters
from workers.engines import Tokens
from workers.frames import NO_FRAME
from workers.packing import packed_frame
from workers.plan_rows import SAMPLE_BYTES, Block, chosen_blocks, seed_of
from workers.recipes import reserved_cells
from workers.row_texts import Documents, Texts, rows_of
from workers.samples import Encoded, Keeping, Samples, joined
from workers.sequences import CalledCutting, Cutting, FramedCutting
from workers.shards import ROW_BYTES
from workers.special_ids import id_bound
from workers.text_beginnings import BeginningEngine, beginnings_of
from workers.token_shards import Tally

MOST_SECONDS = 1.0
# Of one text at a time.
MOST_CELLS = 1 << 24


@dataclass(frozen=True, slots=True)
class Making:
    """How a run makes sequences: `recipe` is the resolved one, `cutting` None in mode PACK."""

    tokenizer: Any
    recipe: Mapping[str, Any]
    documents: Documents
    engine: Any
    cutting: Cutting | None

    @property
    def most_tokens(self) -> int:
        """Tokens of one text whose sequences have no more than MOST_CELLS: windows may repeat each a thousand times."""
        if self.recipe["mode"] != "WINDOW":
            return MOST_CELLS
        budget: int = self.recipe["maxLength"] - reserved_cells(self.tokenizer, self.recipe)
        return budget + (budget - int(self.recipe["stride"])) * (MOST_CELLS // budget)

    @property
    def set_before(self) -> int | None:
        """The id of the special token that is set right before a text, where one is."""
        frame = NO_FRAME
        if self.cutting is None:
            frame = packed_frame(self.tokenizer, self.recipe, self.engine)
        elif isinstance(self.cutting, FramedCutting):
            frame = self.cutting.frame
        return int(frame.before[-1]) if len(frame.before) else None


@dataclass(slots=True)
class Sampled:
    """What was tried of one split of `rows` rows: `tried` of them, of `text_bytes`, and what they came to.

    `packed` are the tokens of mode PACK with the first row of each block; `doubled` texts begin with the special token
    that is set before them; `skipped` are {"row", "reason", "code"}.
    """

    split: str
    rows: int
    tally: Tally
    tried: int = 0
    kept: int = 0
    text_bytes: int = 0
    doubled: int = 0
    skipped: list[dict[str, Any]] = field(default_factory=list)
    packed: list[tuple[int, Tokens]] = field(default_factory=list)

    @property
    def is_whole(self) -> bool:
        """Whether all rows were tried."""
        return self.tried == self.rows

    @property
    def scale(self) -> float:
        """Rows for each one that was tried."""
        return self.rows / self.tried

    @property
    def counters(self) -> Counters:
        return self.tally.counters

    @property
    def lengths(self) -> LengthCounts:
        """Of sequences, before padding."""
        return self.tally.lengths

    @property
    def stream(self) -> Tokens:
        """The samples of mode PACK in row order."""
        return joined([tokens for _, tokens in sorted(self.packed, key=lambda taken: taken[0])])


@dataclass(frozen=True, slots=True)
class Sample:
    """All splits that have rows, in order, none of them untried; `seconds_a_byte` of text is how long one took."""

    splits: list[Sampled]
    tried: int
    seconds_a_byte: float

    @property
    def skipped(self) -> list[tuple[str, Mapping[str, Any]]]:
        """The splits and {"row", "reason", "code"} of those that could not be tokenized, in order."""
        return [(each.split, told) for each in self.splits for told in sorted(each.skipped, key=itemgetter("row"))]


def take_sample(
    folder: Path, making: Making, *, sample_bytes: int = SAMPLE_BYTES, most_seconds: float = MOST_SECONDS
) -> Sample:
    """About `sample_bytes` of text, less where that takes more than `most_seconds`; of one dataset the same rows."""
    tables = {split: rows_of(folder, split, making.documents) for split in making.recipe["splits"]}
    # of the dataset alone: recipes are compared on the same rows
    seed = seed_of({split: rows.num_rows for split, rows in tables.items()})
    bound = id_bound(making.tokenizer)
    splits = {split: Sampled(split, rows.num_rows, Tally(bound, Counters())) for split, rows in tables.items()}
    trial, started = Trial(making), time.monotonic()
    for block in chosen_blocks(tables, seed, sample_bytes):
        if trial.blocks and time.monotonic() - started > most_seconds:
            break
        trial.take(tables[block.split], block, splits[block.split])
    filled = [split for split in splits.values() if split.rows]
    return Sample(_none_untried(filled), sum(split.tried for split in filled), trial.seconds_a_byte)


def _none_untried(splits: list[Sampled]) -> list[Sampled]:
    """For a split whose turn did not come stands the one that was tried most."""
    most = max(splits, key=lambda split: split.tried)
    for split in splits:
        if not split.tried:
            split.tally, split.packed = most.tally, most.packed
            split.tried, split.kept, split.text_bytes = most.tried, most.kept, most.text_bytes
    return splits


class Trial:
    """Tries blocks, and takes the time: that of the block in the middle, since of the first ones more is proved."""

    def __init__(self, making: Making) -> None:
        making.engine.begin(0)
        self._making = making
        self._engine = BeginningEngine(making.engine, making.most_tokens)
        self._keeping = Keeping(making.recipe.get("minTokens") or 0, skips=True)
        self._set_before = making.set_before
        self._rates: list[float] = []

    @property
    def blocks(self) -> int:
        """How many were tried."""
        return len(self._rates)

    @property
    def seconds_a_byte(self) -> float:
        return median(self._rates)

    def take(self, table: Any, block: Block, into: Sampled) -> None:
        """Tokenize the block's rows of its split's table and count them in `into`."""
        began = time.monotonic()
        texts = self._making.documents.texts(table.slice(block.start, block.stop - block.start))
        self._count(texts, block, into)
        into.tried += block.stop - block.start
        into.text_bytes += _weight(texts.texts)
        seconds = time.monotonic() - began
        self._rates.append(seconds / _weight(beginnings_of(texts.texts)))

    def _count(self, texts: Texts, block: Block, into: Sampled) -> None:
        cutting, engine = self._making.cutting, self._engine
        if isinstance(cutting, CalledCutting):  # it tokenizes the texts once more itself
            texts, engine = Texts(beginnings_of(texts.texts), texts.failures), self._making.engine
        samples = Samples(engine, block.split, block.start, self._keeping, into.counters)
        encoded = samples.encode(texts)
        into.skipped += samples.skipped
        into.doubled += self._doubled(encoded)
        into.kept += len(encoded.rows)
        if cutting is None:
            into.packed.append((block.start, encoded.tokens))
        else:
            into.tally.count(cutting.cut(encoded.tokens, encoded.texts))

    def _doubled(self, encoded: Encoded) -> int:
        filled = encoded.tokens.lengths > 0
        first = encoded.tokens.ids[encoded.tokens.offsets[:-1][filled]]
        return 0 if self._set_before is None else int(np.count_nonzero(first == self._set_before))


def _weight(texts: Any) -> int:
    """Bytes, and some for each row: one without text takes its time too."""
    return int(pc.sum(pc.binary_length(texts)).as_py() or 0) + ROW_BYTES * len(texts)
