"""The contract's TokenStatistics: what the shards of a run counted, and the tokens told in text."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from domain.adapters.token_figures import Counts, Piece, merged_statistics
from workers.token_counts import special_tokens, top_tokens


def token_statistics(tokenizer: Any, splits: Sequence[str], pieces: Sequence[Piece], counts: Counts) -> dict[str, Any]:
    """Of all pieces together; `counts` are the merged counts of ids."""
    return {
        **merged_statistics(splits, pieces),
        "vocabularySize": len(tokenizer),
        "vocabularyUsed": int(np.count_nonzero(counts)),
        "specialTokens": special_tokens(tokenizer, counts),
        "topTokens": top_tokens(tokenizer, counts),
    }
