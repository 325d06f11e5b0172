"""Exporting a tokenization: its Arrow files, a few at a time, become parquet files under names that tell their place.

Bounded memory: batches are mapped, and written as row groups of a few of them. pyarrow and numpy only.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import pyarrow as pa
import pyarrow.parquet as pq

from domain.adapters.files import linking, remove_tree, sha256_of, tree_size, write_atomically
from domain.adapters.sums import publish_sealed
from domain.errors import ErrorCode, WorldFailure
from workers.shards import split_names
from workers.steps import Step, Work, with_steps

# Of Arrow files in one parquet file, about: what a kill costs, and no download is lost as a whole.
PART_BYTES = 512 * 1024 * 1024
ROW_GROUP_BYTES = 32 * 1024 * 1024
COMPRESSION = "zstd"

Piece = Mapping[str, Any]


def plan_export(*, folder: str, part_bytes: int = PART_BYTES) -> Work:
    """Cuts the splits of the tokenization in `folder` into parquet files of whole Arrow files.

    Returns {"pieces": [{"split", "name", "files" (names in the split's folder), "rows"}]}, in the order of the rows.
    """
    yield Step(0, None, "PIECES")
    pieces: list[dict[str, Any]] = []
    with _whole_tokens():
        for split in split_names(Path(folder)):
            parts = _parts(Path(folder, split), part_bytes)
            for number, files in enumerate(parts):
                yield Step(len(pieces), None, "PIECES")
                name = f"{split}-{number:05d}-of-{len(parts):05d}.parquet"
                rows = sum(batch.num_rows for file in files for batch in _batches(Path(folder, split, file)))
                pieces.append({"split": split, "name": name, "files": files, "rows": rows})
    return {"pieces": pieces}


def _parts(split: Path, part_bytes: int) -> list[list[str]]:
    """The names of a split's files in order, together while they are below `part_bytes`."""
    state = json.loads((split / "state.json").read_text(encoding="utf-8"))
    parts: list[list[str]] = [[]]
    held = 0
    for name in (file["filename"] for file in state["_data_files"]):
        size = (split / name).stat().st_size
        if parts[-1] and held + size > part_bytes:
            parts.append([])
            held = 0
        parts[-1].append(name)
        held += size
    return parts


def export_part(*, folder: str, split: str, name: str, files: Sequence[str], rows: int, target: str) -> Work:
    """Writes Arrow files of a split as the parquet file `target`, to be called `name`.

    Returns {"file" (the name of `target`), "name", "split", "rowCount", "sizeBytes", "sha256"}.
    """
    yield Step(0, rows, "ROWS")
    paths = [Path(folder, split, file) for file in files]
    done = 0
    with _whole_tokens(), write_atomically(Path(target)) as sink, _writer(sink, paths[0]) as writer:
        for group in _row_groups(paths):
            writer.write_table(group, row_group_size=max(1, group.num_rows))
            done += group.num_rows
            yield Step(done, rows, "ROWS")
    return {
        "file": Path(target).name,
        "name": name,
        "split": split,
        "rowCount": done,
        "sizeBytes": Path(target).stat().st_size,
        "sha256": sha256_of(Path(target)),
    }


def _writer(sink: Any, first: Path) -> Any:
    with pa.memory_map(str(first)) as mapped, pa.ipc.open_stream(mapped) as stream:
        return pq.ParquetWriter(sink, stream.schema, compression=COMPRESSION)


def _row_groups(paths: Sequence[Path]) -> Iterator[Any]:
    """The rows as tables of a few batches, about ROW_GROUP_BYTES each."""
    held: list[Any] = []
    size = 0
    for batch in (batch for path in paths for batch in _batches(path)):
        if held and size + batch.nbytes > ROW_GROUP_BYTES:
            yield pa.Table.from_batches(held)
            held, size = [], 0
        held.append(batch)
        size += batch.nbytes
    if held:
        yield pa.Table.from_batches(held)


def _batches(path: Path) -> Iterator[Any]:
    with pa.memory_map(str(path)) as mapped, pa.ipc.open_stream(mapped) as stream:
        yield from stream


@contextmanager
def _whole_tokens() -> Iterator[None]:
    """What is missing or damaged of the tokenization is the world's, and says what to do."""
    try:
        yield
    except (FileNotFoundError, pa.ArrowInvalid) as error:
        message = f"The files of this tokenization are missing or damaged ({error}): tokenize again, then export that."
        raise WorldFailure(ErrorCode.CORRUPT_DATA, message) from error


def complete_export(*, final: str, pieces: Sequence[Piece]) -> Work:
    """Puts the parquet files together as the folder `final`, under their names.

    `pieces` are the ledgers of all parts in order, with absolute "file"; each is checked, or CHECKSUM_MISMATCH.
    Returns {"sizeBytes", "sumsSha256", "files": [{"name", "split", "rowCount", "sizeBytes", "sha256"}]}.
    """
    build = Path(f"{final}.{uuid4().hex}.building")
    try:
        for done, piece in enumerate(pieces):
            step = Step(done, len(pieces), "PIECES")
            yield step
            _check(piece)
            yield from with_steps(linking(Path(piece["file"]), build / piece["name"]), step)
        linked = Step(len(pieces), len(pieces), "PIECES")
        hashes = {piece["name"]: piece["sha256"] for piece in pieces}
        sealed = yield from with_steps(publish_sealed(build, Path(final), hashes), linked)
    finally:
        remove_tree(build)
    yield linked
    told = ("name", "split", "rowCount", "sizeBytes", "sha256")
    files = [{key: piece[key] for key in told} for piece in pieces]
    return {"sizeBytes": tree_size(Path(final)), "sumsSha256": sealed, "files": files}


def _check(piece: Piece) -> None:
    file = Path(piece["file"])
    if not file.is_file() or file.stat().st_size != piece["sizeBytes"] or sha256_of(file) != piece["sha256"]:
        message = f"{piece['name']} is not what was written: it is made again."
        raise WorldFailure(ErrorCode.CHECKSUM_MISMATCH, message, retryable=True, damaged=(file.name,))
