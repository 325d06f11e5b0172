"""What became of every token and every cell: counters that add up because each is counted where it happens."""

from dataclasses import asdict, dataclass

import numpy as np

from workers.sequences import Sequences


@dataclass(slots=True)
class Counters:
    """Of a shard, a split or a run. None of them is computed from the others; the domain checks the equations.

    Tokens are those of the source texts, cells those of the written sequences.
    """

    sequences: int = 0
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
    skipped_samples: int = 0

    def count(self, batch: Sequences, written_cells: int) -> None:
        """One batch; `written_cells` is what the written file says, by its own offsets."""
        self.sequences += len(batch.tokens.offsets) - 1
        self.source_tokens += batch.source_tokens
        self.kept_tokens += batch.kept_tokens
        self.truncated_tokens += batch.truncated_tokens
        self.output_cells += written_cells
        self.real_cells += int(np.count_nonzero(batch.is_text))
        self.special_cells += int(np.count_nonzero(~batch.is_text))

    def to_dict(self) -> dict[str, int]:
        """For the ledger of a shard."""
        return asdict(self)
