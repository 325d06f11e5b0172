"""Tokenizing an ingested dataset: plan the shards, tokenize each by itself, put them together as one folder.

Done so far: mode TRUNCATE without padding. The output has the column `input_ids` alone: without padding an attention
mask says nothing.
"""

import json
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any
from uuid import uuid4

import numpy as np
import pyarrow as pa

from domain.adapters.files import publish, remove_tree, sha256_of, tree_size, write_atomically
from domain.adapters.length_counts import LengthCounts
from domain.adapters.token_figures import (
    Counts,
    Piece,
    added,
    counters_told,
    merged_counters,
    merged_counts,
    total_counts,
)
from domain.errors import ErrorCode, WorldFailure
from workers.arrow_folder import (
    SplitFiles,
    StreamFile,
    fingerprint_of,
    schema_with_features,
    write_dataset_dict,
    write_stream,
)
from workers.conservation import Counters
from workers.engines import Tokens
from workers.kept_tokenizer import keep_tokenizer
from workers.recipes import chosen_splits, resolve_recipe, text_column_of
from workers.sequences import Cutting, cutting_of
from workers.shards import parts_of, split_names, text_of
from workers.steps import Step, Work
from workers.token_counts import count_ids
from workers.token_statistics import token_statistics
from workers.tokenizers import BYT5, Pinned, load_tokenizer, pin_tokenizer, pinned_as

SHARD_BYTES = 32 * 1024 * 1024
BATCH_BYTES = 4 * 1024 * 1024

ID_TYPE = "int32"
FEATURES = {"input_ids": {"feature": {"dtype": ID_TYPE, "_type": "Value"}, "_type": "List"}}
SCHEMA = schema_with_features(pa.schema([("input_ids", pa.list_(pa.int32()))]), FEATURES)


def plan_tokenization(  # noqa: PLR0913  plain arguments of one message
    *,
    folder: str,
    text_column: str | None,
    splits: Sequence[str] | None,
    tokenizer: str,
    revision: str | None,
    recipe: Mapping[str, Any],
    work: str,
    tokenizers_root: str | None,
    shard_bytes: int = SHARD_BYTES,
    token: str | None = None,
) -> Work:
    """Pins the tokenizer below `work`, resolves the recipe and cuts the splits into shards of rows.

    `splits` (None: the recipe's, else all) is what is tokenized; `text_column` stands where the recipe names none.
    Returns {"tokenizerCommit", "tokenizerFolder" (a name below `work`, None for built in), "vocabularySize", "idType",
    "recipe" (resolved), "pieces": [{"split", "start", "stop"}]}; a split without rows has one piece without rows.
    """
    yield Step(0, None, "PIECES")
    dataset = Path(folder)
    column = text_column_of(recipe, text_column)
    chosen = chosen_splits(splits if splits is not None else recipe.get("splits"), split_names(dataset))
    pieces = _pieces(dataset, chosen, column, shard_bytes)
    pinned = pin_tokenizer(tokenizer, revision, tokenizers_root, Path(work), token)
    loaded = load_tokenizer(BYT5 if pinned.folder is None else str(Path(work, pinned.folder)))
    return {
        "tokenizerCommit": pinned.commit,
        "tokenizerFolder": pinned.folder,
        "vocabularySize": len(loaded),
        "idType": ID_TYPE,
        "recipe": resolve_recipe(recipe, tokenizer=loaded, text_column=column, splits=chosen),
        "pieces": pieces,
    }


def _pieces(folder: Path, splits: Sequence[str], column: str, shard_bytes: int) -> list[dict[str, Any]]:
    pieces = [
        {"split": split, "start": start, "stop": stop}
        for split in splits
        for start, stop in parts_of(text_of(folder, split, column), shard_bytes)
    ]
    if not any(piece["stop"] for piece in pieces):
        message = f"There are no rows in {', '.join(splits)}: choose splits that have some."
        raise WorldFailure(ErrorCode.EMPTY_DATASET, message)
    return pieces


def tokenize_shard(  # noqa: PLR0913  plain arguments of one message
    *,
    folder: str,
    text_column: str | None,
    split: str,
    start: int,
    stop: int,
    tokenizer: str,
    recipe: Mapping[str, Any],
    target: str,
) -> Work:
    """Writes the sequences of rows [start, stop) of a split to `target`, how often each id occurs beside it.

    `tokenizer` is the absolute folder of the pinned one, or "builtin:byt5"; `recipe` is the resolved one, whose text
    column counts. A null is an empty text. Returns {"split", "start", "stop", "file", "rows", "bytes", "sha256",
    "frequencies" (a file name too), "frequencies_sha256", "figures": {"counters", "lengths"}}.
    """
    cutting = _cutting(load_tokenizer(tokenizer), recipe["maxLength"], recipe["addSpecialTokens"])
    texts = text_of(Path(folder), split, text_column_of(recipe, text_column)).slice(start, stop - start)
    tally = _Tally(len(load_tokenizer(tokenizer)))
    yield Step(0, stop - start, "ROWS")
    with write_stream(Path(target), SCHEMA) as stream:
        for first, last in parts_of(texts, BATCH_BYTES):
            if first < last:
                tally.write(stream, cutting, texts.slice(first, last - first).combine_chunks())
                yield Step(last, stop - start, "ROWS")
    frequencies = tally.save_frequencies(Path(target))
    return {
        "split": split,
        "start": start,
        "stop": stop,
        "file": Path(target).name,
        "rows": stream.rows,
        "bytes": stream.bytes,
        "sha256": stream.sha256(),
        "frequencies": frequencies.name,
        "frequencies_sha256": sha256_of(frequencies),
        "figures": tally.figures(),
    }


@lru_cache(maxsize=1)
def _cutting(tokenizer: Any, max_length: int, add_special_tokens: bool) -> Cutting:
    # by the tokenizer that is loaded, not by its name: it is the one whose engine the proof is about
    return cutting_of(tokenizer, max_length, add_special_tokens=add_special_tokens)


class _Tally:
    """What a shard's sequences come to, counted while they are written."""

    def __init__(self, vocabulary_size: int) -> None:
        self._vocabulary_size = vocabulary_size
        self._counters = Counters()
        self._lengths = LengthCounts.empty()
        self._frequencies: Counts = np.zeros(vocabulary_size, np.int64)

    def write(self, stream: StreamFile, cutting: Cutting, texts: Any) -> None:
        """The sequences of a pyarrow StringArray, as one record batch."""
        sequences = cutting.sequences(texts)
        column = _column(sequences.tokens)
        stream.write(pa.record_batch([column], schema=SCHEMA))
        self._counters.count(sequences, column.offsets[-1].as_py() - column.offsets[0].as_py())
        self._lengths = self._lengths.merged(LengthCounts.of(sequences.tokens.lengths))
        self._frequencies = added(self._frequencies, count_ids(sequences.tokens.ids, self._vocabulary_size))

    def save_frequencies(self, target: Path) -> Path:
        """Beside `target`, under its name and fence."""
        path = target.with_suffix(".frequencies.npy")
        with write_atomically(path) as file:
            np.save(file, self._frequencies)
        return path

    def figures(self) -> dict[str, Any]:
        return {"counters": self._counters.to_dict(), "lengths": self._lengths.to_json()}


def _column(tokens: Tokens) -> Any:
    return pa.ListArray.from_arrays(pa.array(tokens.offsets, pa.int32()), pa.array(tokens.ids))


class LedgerMismatch(WorldFailure):
    """A piece is not what its ledger says: `file` is missing, differs, or does not go on where the last one ended."""

    def __init__(self, piece: Piece, reason: str, file: str | None = None) -> None:
        self.file = file or str(piece["file"])
        message = f"{Path(self.file).name}: {reason}. It is made again."
        damaged = (Path(piece["file"]).name,)
        super().__init__(ErrorCode.CHECKSUM_MISMATCH, message, retryable=True, damaged=damaged)


def complete_tokenization(
    *, final: str, splits: Sequence[str], tokenizer: str, recipe: Mapping[str, Any], pieces: Sequence[Piece]
) -> Work:
    """Puts the shards together as the DatasetDict folder `final`, in any order that they are given in.

    `pieces` are the ledgers of all shards with absolute "file" and "frequencies"; each is checked, or LedgerMismatch.
    Beside the splits lie `tokenization.json`, `token_frequencies.npy` (int64, the id is the index) and the tokenizer.
    Returns {"sizeBytes", "statistics": TokenStatistics of the contract}.
    """
    ordered = sorted(pieces, key=lambda piece: (splits.index(piece["split"]), piece["start"]))
    _check_order(ordered)
    for done, piece in enumerate(ordered):
        yield Step(done, len(ordered), "PIECES")
        _check_files(piece)
    counts = {
        split: merged_counts(Path(piece["frequencies"]) for piece in ordered if piece["split"] == split)
        for split in splits
    }
    statistics = token_statistics(load_tokenizer(tokenizer), ordered, counts)
    build = Path(f"{final}.{uuid4().hex}.building")
    try:
        _build(build, splits, pinned_as(tokenizer), recipe, ordered)
        with (build / "token_frequencies.npy").open("wb") as file:
            np.save(file, total_counts(counts.values()))
        keep_tokenizer(tokenizer, build)
        publish(build, Path(final))
    finally:
        remove_tree(build)
    yield Step(len(ordered), len(ordered), "PIECES")
    return {"sizeBytes": tree_size(Path(final)), "statistics": statistics}


def _build(build: Path, splits: Sequence[str], pinned: Pinned, recipe: Piece, pieces: Sequence[Piece]) -> None:
    described = {"tokenizer": pinned.name, "tokenizerCommit": pinned.commit, "recipe": dict(recipe)}
    material = json.dumps(described, sort_keys=True)
    write_dataset_dict(build, [_split_files(split, material, pieces) for split in splits], FEATURES)
    counters = merged_counters(pieces)
    counted = {"counters": counters_told(counters), "sequenceCount": counters["sequences"]}
    (build / "tokenization.json").write_text(json.dumps(described | counted, indent=2), encoding="utf-8")


def _split_files(split: str, material: str, pieces: Sequence[Piece]) -> SplitFiles:
    mine = [piece for piece in pieces if piece["split"] == split]
    fingerprint = fingerprint_of(split, material, *(piece["sha256"] for piece in mine))
    return SplitFiles(split, [Path(piece["file"]) for piece in mine], sum(piece["rows"] for piece in mine), fingerprint)


def _check_order(pieces: Sequence[Piece]) -> None:
    """Every split's rows once, from the first on."""
    for before, piece in zip([None, *pieces], pieces, strict=False):
        follows = before is not None and before["split"] == piece["split"]
        if piece["start"] != (before["stop"] if before is not None and follows else 0):
            raise LedgerMismatch(piece, f"rows from {piece['start']} on of {piece['split']} do not come next")


def _check_files(piece: Piece) -> None:
    file, frequencies = Path(piece["file"]), Path(piece["frequencies"])
    for path in (file, frequencies):
        if not path.is_file():
            raise LedgerMismatch(piece, "is missing", str(path))
    if piece["rows"] != piece["stop"] - piece["start"]:
        raise LedgerMismatch(piece, f"{piece['rows']} rows, not those from {piece['start']} to {piece['stop']}")
    if file.stat().st_size != piece["bytes"]:
        raise LedgerMismatch(piece, f"{file.stat().st_size} bytes, not {piece['bytes']}")
    for path, sha256 in ((file, piece["sha256"]), (frequencies, piece["frequencies_sha256"])):
        if sha256_of(path) != sha256:
            raise LedgerMismatch(piece, "its content is not the one that was written", str(path))
