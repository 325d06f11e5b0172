"""Indexing a dataset for search: plan the parts, and put them together. `index_part` builds each."""

import json
import os
from collections.abc import Generator, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from uuid import uuid4

from domain.adapters.files import linking, remove_tree, sha256_of, tree_size
from domain.adapters.search_parts import FORMAT, INDEX
from domain.adapters.sums import publish_sealed
from domain.errors import ErrorCode, WorldFailure
from workers.dataset_statistics import dataset_statistics
from workers.shards import columns_of, parts_of, split_names, weight_of
from workers.steps import Step, Work, with_steps

PART_BYTES = 32 * 1024 * 1024

Piece = Mapping[str, Any]


def plan_index(*, folder: str, columns: Sequence[str], part_bytes: int = PART_BYTES) -> Work:
    """Cuts the splits of the dataset in `folder` into parts of about so much text of those columns.

    Returns {"pieces": [{"split", "start", "stop"}], "textBytes"}, in the order of the rows; a split without rows has
    none.
    """
    yield Step(0, None, "PIECES")
    pieces: list[dict[str, Any]] = []
    text_bytes = 0
    for split in split_names(Path(folder)):
        table = columns_of(Path(folder), split, columns)
        text_bytes += weight_of(table)
        parts = parts_of(table, part_bytes)
        pieces += [{"split": split, "start": start, "stop": stop} for start, stop in parts if start < stop]
        yield Step(len(pieces), None, "PIECES")
    return {"pieces": pieces, "textBytes": text_bytes}


def complete_index(  # noqa: PLR0913  plain arguments of one message
    *,
    final: str,
    pieces: Sequence[Piece],
    columns: Sequence[str],
    text_column: str | None,
    language: str | None,
    rows: int,
    counted: Sequence[str] | None = None,
) -> Work:
    """Puts the parts together as the folder `final`; `rows` are all of the dataset. `counted` are all splits, where
    figures of the text column were made in the parts.

    `pieces` are the ledgers of all parts in order, with absolute "file" and "words"; each is checked, or
    CHECKSUM_MISMATCH. Returns {"sizeBytes", "sumsSha256", "indexedRows", "rows", "statistics": DatasetStatistics |
    None}.
    """
    build = Path(f"{final}.{uuid4().hex}.building")
    build.mkdir(parents=True)
    names = [f"part-{number:05d}" for number in range(len(pieces))]
    linked = Step(len(pieces), len(pieces), "PIECES")
    try:
        yield from _check(pieces)
        statistics = None if counted is None else (yield from dataset_statistics(counted, pieces))
        hashes = yield from with_steps(_linking(build, dict(zip(names, pieces, strict=True))), linked)
        described = {"columns": list(columns), "textColumn": text_column, "language": language, "rows": rows}
        parts = [{"name": name, "part": piece["files"]["part.json"]} for name, piece in zip(names, pieces, strict=True)]
        index = {"format": FORMAT, **described, "parts": parts}
        (build / INDEX).write_text(json.dumps(index), encoding="utf-8")
        sealed = yield from with_steps(publish_sealed(build, Path(final), hashes), linked)
    finally:
        remove_tree(build)
    yield linked
    indexed = sum(piece["indexed"] for piece in pieces)
    told = {"indexedRows": indexed, "rows": rows, "statistics": statistics}
    return {"sizeBytes": tree_size(Path(final)), "sumsSha256": sealed, **told}


def _linking(build: Path, parts: Mapping[str, Piece]) -> Generator[None, None, dict[str, str]]:
    """The files of all parts below `build`, and their SHA-256 by their paths there."""
    hashes: dict[str, str] = {}
    for part, piece in parts.items():
        for name, (_, sha256) in piece["files"].items():
            yield from linking(Path(piece["file"], name), build / part / name)
            hashes[f"{part}/{name}"] = sha256
            yield
    return hashes


def _check(pieces: Sequence[Piece]) -> Iterator[Step]:
    """Every part is still what its ledger says; all cores read and hash."""
    with ThreadPoolExecutor(os.cpu_count()) as threads:
        for done, (piece, is_whole) in enumerate(zip(pieces, threads.map(_is_whole, pieces), strict=True)):
            yield Step(done, len(pieces), "PIECES")
            if not is_whole:
                name = Path(piece["file"]).name
                message = f"{name} of the search index is not what was written: it is made again."
                raise WorldFailure(ErrorCode.CHECKSUM_MISMATCH, message, retryable=True, damaged=(name,))


def _is_whole(piece: Piece) -> bool:
    files = [(Path(piece["file"], name), *told) for name, told in piece["files"].items()]
    if piece.get("words"):
        files.append((Path(piece["words"]), piece["figures"]["wordsBytes"], piece["figures"]["wordsSha256"]))
    return all(
        file.is_file() and file.stat().st_size == size and sha256_of(file) == sha256 for file, size, sha256 in files
    )
