"""What is searched: the rows of a dataset, its index as far as there is one, and how many tokens rows have."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from domain.adapters.samples import SampleFolder
from domain.adapters.search_indexes import SearchIndex

TokenCounts = Callable[[str], npt.NDArray[np.uint32] | None]
"""By split: the tokens of each row; None: not known."""


@dataclass(frozen=True, slots=True)
class Searched:
    """`splits`: all of the dataset, in the source's order, and their rows. `index` None: there is none that can be
    read; while one is built: its finished parts. `token_counts`: of the tokenization that is asked about."""

    samples: SampleFolder
    splits: Sequence[tuple[str, int]]
    index: SearchIndex | None = None
    token_counts: TokenCounts | None = None
