"""The contract's TokenStatistics, merged exactly from what the shards of a run counted."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from workers.conservation import Counters
from workers.statistics import LengthCounts
from workers.token_counts import Counts, added, special_tokens, top_tokens

Piece = Mapping[str, Any]


def token_statistics(tokenizer: Any, splits: Sequence[str], pieces: Sequence[Piece], counts: Counts) -> dict[str, Any]:
    """Of all pieces together; `counts` are the merged counts of ids."""
    counters = merged_counters(pieces)
    return {
        **_lengths(counters, merged_lengths(pieces)),
        **counters.to_statistics(),
        "vocabularySize": len(tokenizer),
        "vocabularyUsed": int(np.count_nonzero(counts)),
        "histogram": merged_lengths(pieces).histogram(),
        "bySplit": [_of_split(split, [piece for piece in pieces if piece["split"] == split]) for split in splits],
        "specialTokens": special_tokens(tokenizer, counts),
        "topTokens": top_tokens(tokenizer, counts),
    }


def merged_counts(files: Iterable[Path]) -> Counts:
    """How often each id was written, over all shards."""
    total: Counts = np.zeros(0, np.int64)
    for file in files:
        total = added(total, np.load(file, allow_pickle=False))
    return total


def merged_counters(pieces: Sequence[Piece]) -> Counters:
    """The counters of all pieces together."""
    total = Counters()
    for piece in pieces:
        total.add(piece["figures"]["counters"])
    return total


def merged_lengths(pieces: Sequence[Piece]) -> LengthCounts:
    """The lengths, in tokens, of all sequences."""
    total = LengthCounts.empty()
    for piece in pieces:
        total = total.merged(LengthCounts.from_json(piece["figures"]["lengths"]))
    return total


def _of_split(split: str, pieces: Sequence[Piece]) -> dict[str, Any]:
    return {"split": split, **_lengths(merged_counters(pieces), merged_lengths(pieces))}


def _lengths(counters: Counters, lengths: LengthCounts) -> dict[str, Any]:
    return {
        "sequenceCount": counters.sequences,
        "tokenCount": lengths.total,
        "meanLength": lengths.mean,
        "medianLength": lengths.median,
        "minLength": lengths.shortest,
        "maxLength": lengths.longest,
    }
