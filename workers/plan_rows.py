"""Which rows stand for a dataset: blocks of rows, spread at random over its splits, the same ones for the same seed."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

import numpy as np

# Text of all blocks together: a dataset of no more is taken whole.
SAMPLE_BYTES = 1 << 20
# Text of one block: few enough bytes that it is soon done, and enough that engines are not called for nothing.
BLOCK_BYTES = 16 * 1024


@dataclass(frozen=True, slots=True)
class Block:
    """Rows [start, stop) of a split."""

    split: str
    start: int
    stop: int


def seed_of(*parts: Any) -> int:
    """The same number for equal JSON values."""
    digest = hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).digest()
    return int.from_bytes(digest[:8], "big")


def chosen_blocks(tables: Mapping[str, Any], seed: int, sample_bytes: int = SAMPLE_BYTES) -> list[Block]:
    """Blocks of pyarrow Tables by split, in the order to take them: one of each split that has rows, then the next.

    How long texts are is taken from the tables' ends alone: only the chosen rows are read.
    """
    total = sum(table.nbytes for table in tables.values())
    share = min(1.0, sample_bytes / max(1, total))
    rng = np.random.default_rng(seed)
    by_split = [_of_split(split, table, share, rng) for split, table in tables.items() if table.num_rows]
    return [block for turn in zip_longest(*by_split) for block in turn if block is not None]


def _of_split(split: str, table: Any, share: float, rng: np.random.Generator) -> Iterator[Block]:
    """A `share` of the split's blocks, at least one."""
    rows = table.num_rows
    height = min(rows, max(1, BLOCK_BYTES * rows // max(1, table.nbytes)))
    blocks = -(-rows // height)
    wanted = min(blocks, max(1, round(blocks * share)))
    for number in rng.choice(blocks, wanted, replace=False).tolist():
        yield Block(split, number * height, min(rows, (number + 1) * height))
