"""What became of every token and every cell: counters that add up because each is counted where it happens."""

from dataclasses import asdict, dataclass

import numpy as np

from domain.adapters.token_figures import Counts
from workers.sequences import OVERLAP, SPECIAL, TEXT, Sequences


@dataclass(slots=True)
class Counters:
    """Of a shard, a split or a run. None of them is computed from the others; the domain checks the equations.

    Tokens are those of the source texts, cells those of the written sequences; `token_count` is how often ids were
    counted, which is once for each token however many windows repeat it.
    """

    sequences: int = 0
    token_count: int = 0
    source_tokens: int = 0
    kept_tokens: int = 0
    truncated_tokens: int = 0
    filtered_tokens: int = 0
    tail_tokens: int = 0
    output_cells: int = 0
    real_cells: int = 0
    special_cells: int = 0
    overlap_cells: int = 0
    padding_cells: int = 0
    kept_samples: int = 0
    filtered_samples: int = 0
    skipped_samples: int = 0

    def count(self, batch: Sequences, frequencies: Counts) -> None:
        """One batch of sequences; `frequencies` says how often each id occurs in it."""
        self.sequences += len(batch.tokens.offsets) - 1
        self.token_count += int(frequencies.sum())
        self.kept_tokens += batch.kept_tokens
        self.truncated_tokens += batch.truncated_tokens
        self.real_cells += int(np.count_nonzero(batch.roles == TEXT))
        self.special_cells += int(np.count_nonzero(batch.roles == SPECIAL))
        self.overlap_cells += int(np.count_nonzero(batch.roles == OVERLAP))

    def to_dict(self) -> dict[str, int]:
        """For the ledger of a shard."""
        return asdict(self)
