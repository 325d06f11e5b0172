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


def merged_statistics(pieces: Sequence[Piece], counts: Mapping[str, Counts]) -> dict[str, Any]:
    """Of the contract's TokenStatistics all but the vocabulary's size and what tokens say.

    `counts` are the merged counts of ids of every split, in the source's order.
    """
    return {
        **_figures(pieces, total_counts(counts.values())),
        **counters_told(merged_counters(pieces)),
        "bySplit": [
            {"split": split, **_figures([piece for piece in pieces if piece["split"] == split], found)}
            for split, found in counts.items()
        ],
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
    return total_counts(np.load(file, allow_pickle=False) for file in files)


def total_counts(counts: Iterable[Counts]) -> Counts:
    """All together; they may differ in length."""
    total: Counts = np.zeros(0, np.int64)
    for more in counts:
        total = added(total, more)
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


def _figures(pieces: Sequence[Piece], counts: Counts) -> dict[str, Any]:
    counters, lengths = merged_counters(pieces), merged_lengths(pieces)
    return {
        "sequenceCount": counters["sequences"],
        "tokenCount": counters.get("token_count", lengths.total),
        "meanLength": lengths.mean,
        "medianLength": lengths.median,
        "minLength": lengths.shortest,
        "maxLength": lengths.longest,
        "vocabularyUsed": int(np.count_nonzero(counts)),
        "histogram": lengths.histogram(),
    }


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)
