"""Putting the shards of a tokenization together as one folder: linked as they are, padded, or packed."""

import json
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

from domain.adapters.files import remove_tree, sha256_of, tree_size
from domain.adapters.sums import publish_sealed
from domain.adapters.token_documents import index_of
from domain.adapters.token_figures import Counts, Piece, counters_told, merged_counters, merged_counts, total_counts
from domain.errors import ErrorCode, WorldFailure
from workers.arrow_folder import SplitFiles, fingerprint_of, write_dataset_dict, write_stream
from workers.assembling import Assembled, pack_split, pad_split
from workers.kept_tokenizer import keep_tokenizer
from workers.provenance import SCHEMA as INDEX
from workers.sae_lens import sae_lens_settings
from workers.steps import Step, Work, with_steps
from workers.token_rows import batches_in, layout_of
from workers.token_shards import save_counts
from workers.token_statistics import token_statistics
from workers.tokenizers import Pinned, load_tokenizer, pinned_as

# The keys of a ledger under which files stand, and those of their hashes.
HASHES = {
    "file": "sha256",
    "frequencies": "frequencies_sha256",
    "documents": "documents_sha256",
    "skipped_file": "skipped_file_sha256",
}

# What became of samples, counter by counter.
OF_SAMPLES = ("kept_samples", "filtered_samples", "skipped_samples")


class LedgerMismatch(WorldFailure):
    """A piece is not what its ledger says: `file` is missing, differs, or does not go on where the last one ended."""

    def __init__(self, piece: Piece, reason: str, file: str | None = None) -> None:
        self.file = file or str(piece["file"])
        message = f"{Path(self.file).name}: {reason}. It is made again."
        damaged = (Path(piece["file"]).name,)
        super().__init__(ErrorCode.CHECKSUM_MISMATCH, message, retryable=True, damaged=damaged)


@dataclass(frozen=True, slots=True)
class Finished:
    """A run as it is put together: all pieces in order, and what it is made of."""

    splits: Sequence[str]
    pieces: Sequence[Piece]
    pinned: Pinned
    tokenizer: Any
    recipe: Mapping[str, Any]
    source: Mapping[str, Any]

    def of(self, split: str) -> list[Piece]:
        """The pieces of one split."""
        return [piece for piece in self.pieces if piece["split"] == split]

    @property
    def described(self) -> dict[str, Any]:
        """What the output is made of, as it is kept beside it and goes into fingerprints."""
        return {"tokenizer": self.pinned.name, "tokenizerCommit": self.pinned.commit, "recipe": dict(self.recipe)}


def complete_tokenization(
    *,
    final: str,
    splits: Sequence[str],
    tokenizer: str,
    recipe: Mapping[str, Any],
    pieces: Sequence[Piece],
    source: Mapping[str, Any] | None = None,
) -> Work:
    """Puts the shards together as the DatasetDict folder `final`, in any order that they are given in.

    `pieces` are the ledgers of all shards with absolute file names; each is checked, or LedgerMismatch. `source` says
    where the dataset is from. Beside the splits lie `tokenization.json`, `sae_lens.json`, `token_frequencies.npy`
    (int64, the id is the index), `skipped.jsonl`, the index of documents and the tokenizer.
    Returns {"sizeBytes", "sumsSha256", "statistics": TokenStatistics of the contract}.
    """
    ordered = sorted(pieces, key=lambda piece: (splits.index(piece["split"]), piece["start"]))
    _check_order(ordered)
    for done, piece in enumerate(ordered):
        yield Step(done, len(ordered), "PIECES")
        _check_files(piece)
    run = Finished(splits, ordered, pinned_as(tokenizer), load_tokenizer(tokenizer), recipe, source or {})
    build = Path(f"{final}.{uuid4().hex}.building")
    try:
        statistics, hashes = yield from _build(build, run)
        keep_tokenizer(tokenizer, build)
        linked = Step(len(ordered), len(ordered), "PIECES")
        sealed = yield from with_steps(publish_sealed(build, Path(final), hashes), linked)
    finally:
        remove_tree(build)
    yield linked
    return {"sizeBytes": tree_size(Path(final)), "sumsSha256": sealed, "statistics": statistics}


def _build(build: Path, run: Finished) -> Generator[Step, None, tuple[dict[str, Any], dict[str, str]]]:
    """Fills the folder and gives the statistics, and the SHA-256 of its larger files."""
    scratch = build / "assembling"
    (build / index_of("")).parent.mkdir(parents=True)
    assembled: dict[str, Assembled] = {}
    for split in run.splits:
        assembled[split] = yield from _assembled(run, split, scratch / split, build / index_of(split))
    files = [_split_files(run, split, assembled[split]) for split in run.splits]
    written = write_dataset_dict(build, files, layout_of(run.tokenizer, run.recipe).features)
    hashes = yield from with_steps(written, Step(len(run.pieces), len(run.pieces), "PIECES"))
    remove_tree(scratch)
    pieces = [*run.pieces, *({"split": split, "figures": part.figures} for split, part in assembled.items())]
    counts = {split: total_counts([_counted(run.of(split)), assembled[split].counts]) for split in run.splits}
    save_counts(build / "token_frequencies.npy", total_counts(counts.values()))
    _describe(build, run, merged_counters(pieces))
    return token_statistics(run.tokenizer, pieces, counts), hashes


def _assembled(run: Finished, split: str, scratch: Path, index: Path) -> Generator[Step, None, Assembled]:
    """One split: its shards' files where nothing is added to them, else files made of them."""
    pieces = run.of(split)
    if run.recipe["mode"] == "PACK":
        return (yield from pack_split(run.tokenizer, run.recipe, pieces, scratch, index))
    if run.recipe.get("padding") == "LONGEST":
        return (yield from pad_split(run.tokenizer, run.recipe, pieces, scratch, index))
    with write_stream(index, INDEX) as stream:
        for piece in pieces:
            yield Step(0, None, "PIECES")
            for batch in batches_in(Path(piece["documents"])):
                stream.write(batch)
    files = [Path(piece["file"]) for piece in pieces]
    return Assembled(files, [piece["sha256"] for piece in pieces], sum(piece["rows"] for piece in pieces))


def _split_files(run: Finished, split: str, assembled: Assembled) -> SplitFiles:
    material = json.dumps(run.described, sort_keys=True)
    fingerprint = fingerprint_of(split, material, *assembled.hashes)
    return SplitFiles(split, assembled.files, assembled.rows, fingerprint, assembled.hashes)


def _counted(pieces: Sequence[Piece]) -> Counts:
    """How often shards wrote each id; those of mode PACK write none."""
    return merged_counts(Path(piece["frequencies"]) for piece in pieces if piece.get("frequencies"))


def _describe(build: Path, run: Finished, counters: Mapping[str, int]) -> None:
    counted = {"counters": counters_told(counters), "sequenceCount": counters["sequences"]}
    settings = sae_lens_settings(run.tokenizer, run.pinned, run.recipe, run.source)
    for name, value in (("tokenization.json", run.described | counted), ("sae_lens.json", settings)):
        (build / name).write_text(json.dumps(value, indent=2, ensure_ascii=False), encoding="utf-8")
    _list_skipped(build / "skipped.jsonl", run.pieces)


def _list_skipped(path: Path, pieces: Sequence[Piece]) -> None:
    """Every sample that was skipped, as JSON lines {"split", "row", "reason", "code"}."""
    with path.open("w", encoding="utf-8") as file:
        for piece in pieces:
            if not piece.get("skipped_file"):
                continue
            with Path(piece["skipped_file"]).open(encoding="utf-8") as lines:
                for line in lines:
                    sample = {"split": piece["split"], **json.loads(line)}
                    file.write(json.dumps(sample) + "\n")


def _check_order(pieces: Sequence[Piece]) -> None:
    """Every split's rows once, from the first on."""
    for before, piece in zip([None, *pieces], pieces, strict=False):
        follows = before is not None and before["split"] == piece["split"]
        if piece["start"] != (before["stop"] if before is not None and follows else 0):
            raise LedgerMismatch(piece, f"rows from {piece['start']} on of {piece['split']} do not come next")


def _check_files(piece: Piece) -> None:
    """All of its files, and that each of its samples was kept, filtered or skipped."""
    names = [name for name in HASHES if piece.get(name)]
    for path in (Path(piece[name]) for name in names):
        if not path.is_file():
            raise LedgerMismatch(piece, "is missing", str(path))
    samples = sum(piece["figures"]["counters"].get(name, 0) for name in OF_SAMPLES)
    if samples != piece["stop"] - piece["start"]:
        raise LedgerMismatch(piece, f"{samples} samples, not those from {piece['start']} to {piece['stop']}")
    size = Path(piece["file"]).stat().st_size
    if size != piece["bytes"]:
        raise LedgerMismatch(piece, f"{size} bytes, not {piece['bytes']}")
    for name in names:
        if sha256_of(Path(piece[name])) != piece[HASHES[name]]:
            raise LedgerMismatch(piece, "its content is not the one that was written", str(piece[name]))
