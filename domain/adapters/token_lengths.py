"""How many tokens of a tokenization each row of its dataset has: counted from its index of documents."""

import json
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from domain.adapters.arrow_arrays import to_numbers
from domain.adapters.kept_of_folders import KeptOfFolders
from domain.adapters.token_documents import FOLDER, index_of
from domain.errors import ErrorCode, Refused
from domain.recipe import PACK, completed

Lengths = npt.NDArray[np.uint32]
Numbers = npt.NDArray[np.int64]

UNKNOWN_TOKENS = 0xFFFFFFFF
"""Of a row that has nothing in the output: it lies within no bounds."""
OF_OTHER_ROWS = (
    "The tokenization is of other rows than the dataset has by now, since its data was made again: tokenize again to "
    "count them."
)
KEPT_BYTES = 32 * 1024 * 1024


def token_lengths(folder: Path, split: str, rows: int, recipe: Mapping[str, Any]) -> Lengths:
    """The tokens of the text of each of the `rows` rows of a split that are in the output of a tokenization.

    Each is counted once, as `keptTokens` does: special tokens, padding and what windows repeat are not. UNKNOWN_TOKENS
    where the row is in no sequence: filtered, skipped, dropped with the tail, or of a split that was left out.
    FileNotFoundError in a folder without index, INVALID_INPUT for one of more rows.
    """
    path = folder / index_of(split)
    if not path.exists() and (folder / FOLDER).is_dir():
        return np.full(rows, UNKNOWN_TOKENS, np.uint32)
    whole = completed(recipe)
    overlap = whole["stride"] or 0
    # Sums wrap around on their way, and are right at the end.
    lengths, is_known = np.zeros(rows, np.uint32), np.zeros(rows, np.bool_)
    for numbers, cells in _spans(path):
        first, last = int(numbers[0]), int(numbers[-1]) + 1
        if last > rows:
            raise Refused(ErrorCode.INVALID_INPUT, OF_OTHER_ROWS, "tokenizationId")
        sums = np.bincount(numbers - first, weights=cells - overlap).astype(np.int64)
        lengths[first:last] += sums.astype(np.uint32)
        is_known[numbers] = True
    lengths[is_known] += np.uint32(overlap)
    if whole["mode"] == PACK:
        is_known |= _empty_in_stream(folder, split, is_known, whole)
    lengths[~is_known] = UNKNOWN_TOKENS
    return lengths


def tokens_of_row(lengths: Lengths | None, row: int) -> int | None:
    """None where they are not known; `lengths` None: of no row."""
    found = UNKNOWN_TOKENS if lengths is None else int(lengths[row])
    return None if found == UNKNOWN_TOKENS else found


def _spans(path: Path) -> Iterator[tuple[Numbers, Numbers]]:
    """The rows, ascending, and the cells of all spans, some sequences at a time."""
    with pa.memory_map(str(path)) as file, pa.ipc.open_stream(file) as batches:
        for batch in batches:
            numbers, starts, stops = map(to_numbers, batch.column("documents").flatten().flatten())
            if len(numbers):
                yield numbers, stops - starts


def _empty_in_stream(
    folder: Path, split: str, is_known: npt.NDArray[np.bool_], recipe: Mapping[str, Any]
) -> npt.NDArray[np.bool_]:
    """Which rows without a span stand in the stream of mode PACK all the same, since they have no token to show."""
    if recipe["minTokens"]:
        return np.zeros_like(is_known)  # they were filtered
    found = ~is_known
    found[_skipped(folder, split)] = False
    if recipe["tail"] == "DROP":  # what stands behind the last token that was kept may have gone with the tail
        kept = np.flatnonzero(is_known)
        found[kept[-1] + 1 if len(kept) else 0 :] = False
    return found


def _skipped(folder: Path, split: str) -> list[int]:
    with (folder / "skipped.jsonl").open(encoding="utf-8") as lines:
        told = map(json.loads, lines)
        return [sample["row"] for sample in told if sample["split"] == split]


class TokenLengths:
    """The counts that were asked for last, kept; safe to share between threads. Nobody may write into them."""

    def __init__(self, kept_bytes: int = KEPT_BYTES, count: Callable[..., Lengths] = token_lengths) -> None:
        self._count = count
        self._kept: KeptOfFolders[Lengths] = KeptOfFolders(kept_bytes, lambda lengths: lengths.nbytes)

    def of(self, folder: Path, split: str, rows: int, recipe: Mapping[str, Any]) -> Lengths:
        """`token_lengths`, which a published folder never changes."""
        return self._kept.of(folder, partial(self._count, folder, split, rows, recipe), split)

    def forget(self, home: Path) -> None:
        """Let go of what was counted below `home`."""
        self._kept.forget(home)
