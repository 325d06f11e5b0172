"""What the child does for an ingest: find the columns, turn each file into Arrow, put the pieces together."""

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path
from typing import Any

import datasets
import pyarrow as pa

from domain.adapters.files import remove_tree, sha256_of, tree_size
from domain.adapters.sums import publish_sealed
from domain.errors import ErrorCode, WorldFailure
from workers.arrow_folder import SplitFiles, fingerprint_of, write_dataset_dict, write_stream
from workers.column_files import BATCH_BYTES, BATCH_ROWS
from workers.damage import PLACES_TOLD, Skips
from workers.dataset_statistics import dataset_statistics
from workers.ingest_figures import TextFigures
from workers.salvage import inferred, tables_of
from workers.source_tables import Source, features_of, features_text
from workers.steps import Step, Work, with_steps
from workers.text_columns import asked_column, is_text, likely_column

GROUP_BYTES = 4 << 20  # what is counted at once
GROUP_ROWS = 16_000
TABLES_LOOKED_AT = 8
SKIP = "SKIP"

Piece = Mapping[str, Any]

datasets.disable_progress_bars()


def plan_ingest(
    *,
    folder: str,
    format: Mapping[str, Any],
    files: Sequence[Piece],
    work: str,
    text_column: str | None = None,
    on_error: str = "FAIL",
) -> Work:
    """Infers the features from the first file of the first split, and finds the text column; `work` is for scratch.

    `files` are {"path", "split"}, and "rows" where at most so many of it are taken; `on_error` "SKIP" looks past what
    cannot be read. Returns {"features": JSON text, "textColumn": str | None,
    "pieces": [{"path", "split", "rows": int | None, "most": int | None}]}.
    Raises EMPTY_DATASET, UNSUPPORTED_FORMAT, CORRUPT_DATA, INVALID_ENCODING, COLUMN_NOT_FOUND, COLUMN_NOT_TEXT.
    """
    source = Source(Path(folder), format, Path(work))
    skips = Skips() if on_error == SKIP else None
    yield Step(0, len(files), "PIECES")
    paths = [file["path"] for file in files]
    features = inferred(source, paths, skips)
    if features is None:
        raise _empty()
    schema = features.arrow_schema
    if text_column is not None:
        chosen: str | None = asked_column(schema, text_column)
    else:
        tables = (table for path in paths for table in tables_of(source, path, features, skips))
        chosen = likely_column(schema, islice(tables, TABLES_LOOKED_AT))
    pieces = [_planned(source, file, skips) for file in files]
    return {"features": features_text(features), "textColumn": chosen, "pieces": pieces}


def ingest_file(  # noqa: PLR0913  the plain arguments of one piece
    *,
    folder: str,
    path: str,
    split: str,
    format: Mapping[str, Any],
    features: str,
    text_column: str | None,
    target: str,
    most: int | None = None,
    on_error: str = "FAIL",
) -> Work:
    """Writes the first `most` rows (None: all) of one file as the Arrow stream `target`, and its vocabulary beside it
    as `<target>.words`.

    Returns {"split", "file", "rows", "bytes", "sha256", "figures", "words", "skipped"}; without a text column "figures"
    and "words" are None. Raises CORRUPT_DATA, INVALID_ENCODING; with `on_error` "SKIP" the rows that would raise are
    left out and counted in "skipped" ({"rows", "places"}).
    """
    source = Source(Path(folder), format, Path(target).parent)
    kind = features_of(features)
    skips = Skips() if on_error == SKIP else None
    total = _bounded(source.rows(path, skips), most)
    with TextFigures(text_column) as figures, write_stream(Path(target), kind.arrow_schema) as stream:
        for group in grouped(first_rows(tables_of(source, path, kind, skips), most)):
            figures.add(group)
            for batch in group.to_batches(max_chunksize=_rows_per_batch(group)):
                stream.write(batch)
            source.check_growth(path, stream.bytes)
            yield Step(stream.rows, total, "ROWS")
    return {
        "split": split,
        "file": Path(target).name,
        "rows": stream.rows,
        "bytes": stream.bytes,
        "sha256": stream.sha256(),
        "skipped": skips.told() if skips else None,
        **figures.save(Path(target + ".words")),
    }


def complete_ingest(
    *, final: str, features: str, text_column: str | None, splits: Sequence[str], pieces: Sequence[Piece]
) -> Work:
    """Checks every piece and publishes them as the DatasetDict folder `final`, splits in the given order.

    Returns {"splits": [{"name", "rowCount", "sizeBytes"}], "columns": [{"name", "type", "isText"}], "textColumn",
    "rowCount", "sizeBytes", "sumsSha256", "statistics": DatasetStatistics | None, "skippedRows", "skipped":
    places of the first of them}. Raises EMPTY_DATASET, CHECKSUM_MISMATCH.
    """
    if not sum(piece["rows"] for piece in pieces):
        raise _empty()
    yield from _check(pieces)
    kind = features_of(features)
    folders = [_split_files(name, [piece for piece in pieces if piece["split"] == name]) for name in splits]
    statistics = None
    if text_column is not None:
        statistics = yield from dataset_statistics(splits, pieces)
    build = Path(final + ".build")
    remove_tree(build)
    linked = Step(len(pieces), len(pieces), "PIECES")
    hashes = yield from with_steps(write_dataset_dict(build, folders, kind.to_dict()), linked)
    sealed = yield from with_steps(publish_sealed(build, Path(final), hashes), linked)
    told = [_told(folder) for folder in folders]
    return {
        "splits": told,
        "columns": [
            {"name": field.name, "type": str(field.type), "isText": is_text(field.type)} for field in kind.arrow_schema
        ],
        "textColumn": text_column,
        "rowCount": sum(split["rowCount"] for split in told),
        "sizeBytes": tree_size(Path(final)),
        "sumsSha256": sealed,
        "statistics": statistics,
        **_skipped(pieces),
    }


def _skipped(pieces: Sequence[Piece]) -> dict[str, Any]:
    told = [piece["skipped"] for piece in pieces if piece.get("skipped")]
    places = [place for each in told for place in each["places"]]
    return {"skippedRows": sum(each["rows"] for each in told), "skipped": places[:PLACES_TOLD]}


def _planned(source: Source, file: Piece, skips: Skips | None) -> dict[str, Any]:
    most = file.get("rows")
    rows = _bounded(source.rows(file["path"], skips), most)
    return {"path": file["path"], "split": file["split"], "rows": rows, "most": most}


def _bounded(rows: int | None, most: int | None) -> int | None:
    return rows if rows is None or most is None else min(rows, most)


def first_rows(tables: Iterable[Any], most: int | None) -> Iterator[Any]:
    """The tables up to so many rows (None: all); what comes after is not read."""
    if most is None:
        yield from tables
        return
    for table in tables if most else ():
        yield table.slice(0, most)
        most -= table.num_rows
        if most <= 0:
            return


def grouped(tables: Iterable[Any]) -> Iterator[Any]:
    """The same rows as tables of one chunk and about 4 MB: small ones joined, large ones cut between rows."""
    waiting: list[Any] = []
    size = rows = 0
    for table in tables:
        for part in _cut(table):
            waiting.append(part)
            size, rows = size + part.nbytes, rows + part.num_rows
            if size >= GROUP_BYTES or rows >= GROUP_ROWS:
                yield pa.concat_tables(waiting).combine_chunks()
                waiting, size, rows = [], 0, 0
    if waiting:
        yield pa.concat_tables(waiting).combine_chunks()


def _cut(table: Any) -> Iterator[Any]:
    rows = max(1, table.num_rows * GROUP_BYTES // max(table.nbytes, 1))
    for start in range(0, table.num_rows, rows):
        yield table.slice(start, rows)


def _rows_per_batch(group: Any) -> int:
    return int(min(BATCH_ROWS, max(1, group.num_rows * BATCH_BYTES // max(group.nbytes, 1))))


def _check(pieces: Sequence[Piece]) -> Iterator[Step]:
    """Every file is still what its ledger says; all cores read and hash."""
    with ThreadPoolExecutor(os.cpu_count()) as threads:
        for done, wrong in enumerate(threads.map(_altered, pieces)):
            yield Step(done, len(pieces), "PIECES")
            if wrong is not None:
                message = f"{wrong[0]} is no longer what was written: check the disk. It is made again."
                raise WorldFailure(ErrorCode.CHECKSUM_MISMATCH, message, retryable=True, damaged=wrong[1:])


def _altered(piece: Piece) -> tuple[str, str] | None:
    """The name of a file of the piece that is not what was written, and what the ledger calls the piece."""
    files = [(piece["file"], piece["bytes"], piece["sha256"])]
    if piece["words"]:
        files.append((piece["words"], piece["figures"]["wordsBytes"], piece["figures"]["wordsSha256"]))
    for name, size, sha256 in files:
        file = Path(name)
        if not file.is_file() or file.stat().st_size != size or sha256_of(file) != sha256:
            return file.name, Path(piece["file"]).name
    return None


def _split_files(name: str, pieces: Sequence[Piece]) -> SplitFiles:
    hashes = [piece["sha256"] for piece in pieces]
    files, rows = [Path(piece["file"]) for piece in pieces], sum(piece["rows"] for piece in pieces)
    return SplitFiles(name, files, rows, fingerprint_of(name, *hashes), hashes)


def _told(split: SplitFiles) -> dict[str, Any]:
    size = sum(file.stat().st_size for file in split.files)
    return {"name": split.name, "rowCount": split.rows, "sizeBytes": size}


def _empty() -> WorldFailure:
    return WorldFailure(ErrorCode.EMPTY_DATASET, "The files hold no rows: choose another config or other files.")
