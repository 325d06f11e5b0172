"""The contract's TokenStatistics: what the shards of a run counted, and the tokens told in text."""

from collections.abc import Mapping, Sequence
from typing import Any

from domain.adapters.token_figures import Counts, Piece, merged_statistics, total_counts
from workers.token_counts import special_tokens, top_tokens


def token_statistics(tokenizer: Any, pieces: Sequence[Piece], counts: Mapping[str, Counts]) -> dict[str, Any]:
    """Of all pieces together; `counts` are the merged counts of ids of every split, in the source's order."""
    total = total_counts(counts.values())
    return {
        **merged_statistics(pieces, counts),
        "vocabularySize": len(tokenizer),
        "specialTokens": special_tokens(tokenizer, total),
        "topTokens": top_tokens(tokenizer, total),
    }
