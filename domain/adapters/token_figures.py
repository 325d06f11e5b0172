"""Figures of tokens, merged exactly from what the shards of a run counted: the same while it goes on and at its end."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from domain.adapters.length_counts import LengthCounts

Piece = Mapping[str, Any]
"""What a shard's ledger says; of it: {"split", "figures": {"counters": {name: number}, "lengths"}}."""

Counts = npt.NDArray[np.int64]
"""How often each id was written: the id is the index."""


def merged_statistics(splits: Sequence[str], pieces: Sequence[Piece]) -> dict[str, Any]:
    """Of the contract's TokenStatistics what counters and lengths give: all but the vocabulary and its tokens."""
    counters, lengths = merged_counters(pieces), merged_lengths(pieces)
    return {
        **_lengths(counters, lengths),
        **counters_told(counters),
        "histogram": lengths.histogram(),
        "bySplit": [_of_split(split, [piece for piece in pieces if piece["split"] == split]) for split in splits],
    }


def counters_told(counters: Mapping[str, int]) -> dict[str, int]:
    """By the names of the contract's TokenStatistics, without `sequences`, which it calls otherwise."""
    return {_camel(name): number for name, number in counters.items() if name != "sequences"}


def merged_piece(split: str, pieces: Sequence[Piece]) -> Piece:
    """The pieces of a split as if they were one."""
    figures = {"counters": merged_counters(pieces), "lengths": merged_lengths(pieces).to_json()}
    return {"split": split, "figures": figures}


def merged_counters(pieces: Iterable[Piece]) -> dict[str, int]:
    """The counters of all pieces together, by their names; 0 where there is no piece."""
    total = dict.fromkeys(COUNTERS, 0)
    for piece in pieces:
        for name, number in piece["figures"]["counters"].items():
            total[name] = total.get(name, 0) + number
    return total


def merged_lengths(pieces: Iterable[Piece]) -> LengthCounts:
    """The lengths, in tokens, of all sequences."""
    total = LengthCounts.empty()
    for piece in pieces:
        total = total.merged(LengthCounts.from_json(piece["figures"]["lengths"]))
    return total


def merged_counts(files: Iterable[Path]) -> Counts:
    """How often each id was written, over the files of all shards."""
    total: Counts = np.zeros(0, np.int64)
    for file in files:
        total = added(total, np.load(file, allow_pickle=False))
    return total


def added(counts: Counts, more: Counts) -> Counts:
    """Both counts together; they may differ in length."""
    longer, shorter = (counts, more) if len(counts) >= len(more) else (more, counts)
    total = longer.copy()
    total[: len(shorter)] += shorter
    return total


# What every shard counts, by the names of its ledger.
COUNTERS = (
    *("sequences", "source_tokens", "kept_tokens", "truncated_tokens", "filtered_tokens", "tail_tokens"),
    *("output_cells", "real_cells", "special_cells", "overlap_cells", "padding_cells", "skipped_samples"),
)


def _of_split(split: str, pieces: Sequence[Piece]) -> dict[str, Any]:
    return {"split": split, **_lengths(merged_counters(pieces), merged_lengths(pieces))}


def _lengths(counters: Mapping[str, int], lengths: LengthCounts) -> dict[str, Any]:
    return {
        "sequenceCount": counters["sequences"],
        "tokenCount": counters.get("token_count", lengths.total),
        "meanLength": lengths.mean,
        "medianLength": lengths.median,
        "minLength": lengths.shortest,
        "maxLength": lengths.longest,
    }


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)
