"""The rows of source files as Arrow tables, read by the builders of `datasets` itself, so that they are what it gives.

A builder works on one file at a time, in tables that stay small however large the file's own row groups are.
"""

import json
import tempfile
import zlib
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import datasets
import pyarrow as pa
import pyarrow.parquet
from datasets.packaged_modules.json.json import Json
from datasets.packaged_modules.parquet.parquet import Parquet

from domain.errors import ErrorCode, WorldFailure

BUILDERS: Mapping[str, Any] = {"parquet": Parquet, "json": Json}
BATCH_ROWS = 16_000
BATCH_BYTES = 4 << 20
# Arrow says "not UTF-8" in several ways, Python in one.
ENCODING_COMPLAINTS = ("utf8", "utf-8")
# How the readers of `datasets` fail over what is in a file; pa.ArrowInvalid, bad JSON and failed casts are ValueErrors.
UNREADABLE = (ValueError, TypeError, KeyError, pa.ArrowException, EOFError, zlib.error, RecursionError)


@dataclass(frozen=True, slots=True)
class Source:
    """Files below `folder`, read as `format` ({"name", "options", "features"?}) by one of the builders.

    `scratch` is a folder for what is written while a file is read; it is made when needed, and nothing stays in it.
    """

    folder: Path
    format: Mapping[str, Any]
    scratch: Path

    @property
    def builder(self) -> Any:
        try:
            return BUILDERS[self.format["name"]]
        except KeyError:
            message = f"Files in the format {self.format['name']} cannot be read: use parquet or JSON (lines)."
            raise WorldFailure(ErrorCode.UNSUPPORTED_FORMAT, message) from None

    @property
    def is_parquet(self) -> bool:
        return self.builder is Parquet

    def rows(self, path: str) -> int | None:
        """How many rows a file says it has; None when only reading it tells."""
        if not self.is_parquet or "filters" in self.format["options"]:
            return None
        with _told_of(path, 0):
            return int(pyarrow.parquet.read_metadata(self.folder / path).num_rows)

    def features(self, paths: Sequence[str]) -> Any:
        """`Features` of the first file that has any, as `load_dataset` infers them; None when all are empty.

        What the card said of the columns goes first.
        """
        known = self.format.get("features")
        if known is not None:
            return features_of(known)
        found = (self._infer(path) for path in paths)
        return next((features for features in found if features is not None), None)

    def _infer(self, path: str) -> Any:
        with _told_of(path, 0), self._reader(path, None) as reader:
            table = next(reader.tables, None)
            if reader.builder.info.features is not None:
                return reader.builder.info.features
            return None if table is None else datasets.Features.from_arrow_schema(table.schema)

    def tables(self, path: str, features: Any) -> Iterator[Any]:
        """A file's rows as pyarrow tables of `features.arrow_schema`, every value checked.

        Raises CORRUPT_DATA or INVALID_ENCODING, naming the file and the row up to which it could be read.
        """
        rows = 0
        with self._reader(path, features) as reader:
            while True:
                with _told_of(path, rows):
                    table = next(reader.tables, None)
                    if table is None:
                        return
                    table.validate(full=True)
                rows += table.num_rows
                yield table

    @contextmanager
    def _reader(self, path: str, features: Any) -> Generator["_Reader"]:
        """The file is read under a plain name: `datasets` takes brackets, colons and a first dot for more than that."""
        self.scratch.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix="ingest-", dir=self.scratch) as scratch:
            options = {name: value for name, value in self.format["options"].items() if name != "features"}
            builder = self.builder(cache_dir=scratch, **options)
            builder.info.features = features
            suffix = Path(path).suffix
            plain_name = Path(scratch, "rows" + (suffix if suffix[1:].isalnum() else ""))
            plain_name.symlink_to((self.folder / path).absolute())
            builder.config.data_files = {"train": [str(plain_name)]}
            yield _Reader(builder, _tables(builder, scratch))


@dataclass(frozen=True, slots=True)
class _Reader:
    builder: Any
    tables: Iterator[Any]


def _tables(builder: Any, scratch: str) -> Iterator[Any]:
    local = datasets.DownloadManager(download_config=datasets.DownloadConfig(cache_dir=scratch))
    try:
        [split] = builder._split_generators(local)
    except StopIteration:  # the JSON reader infers from a first table, and the file has none
        return
    if isinstance(builder, Parquet) and builder.config.filters is None:
        yield from _small_tables(builder, *split.gen_kwargs["files"])
        return
    for _, table in builder._generate_tables(**split.gen_kwargs):
        yield table


def _small_tables(builder: Any, file: str) -> Iterator[Any]:
    """As the Parquet builder does, but for its batches: it decodes whole row groups, which may exceed the memory."""
    with pyarrow.parquet.ParquetFile(file, memory_map=True, pre_buffer=False) as parquet:
        groups = [parquet.metadata.row_group(number) for number in range(parquet.num_row_groups)]
        row_bytes = max((group.total_byte_size // max(group.num_rows, 1) for group in groups), default=1)
        rows = min(BATCH_ROWS, max(1, BATCH_BYTES // max(row_bytes, 1)))
        for batch in parquet.iter_batches(rows, columns=builder.config.columns, use_threads=False):
            yield builder._cast_table(pa.Table.from_batches([batch]))


def features_of(told: str | Mapping[str, Any]) -> Any:
    """`Features` from what `features_text` or `Features.to_dict()` gave."""
    return datasets.Features.from_dict(json.loads(told) if isinstance(told, str) else dict(told))


def features_text(features: Any) -> str:
    """`Features` as JSON text: text keeps the order of the columns where a JSON column of a database would not."""
    return json.dumps(features.to_dict())


@contextmanager
def _told_of(path: str, rows: int) -> Generator[None]:
    """What a reader raises over the content of a file, as a failure of the world that names it."""
    try:
        yield
    except FileNotFoundError:
        raise
    except (*UNREADABLE, OSError) as error:
        complaint = str(error).strip().partition("\n")[0] or type(error).__name__
        if isinstance(error, UnicodeDecodeError) or any(hint in complaint.lower() for hint in ENCODING_COMPLAINTS):
            message = f"{path} holds text that is not UTF-8 after row {rows}: convert it to UTF-8. ({complaint})"
            raise WorldFailure(ErrorCode.INVALID_ENCODING, message) from error
        message = f"{path} cannot be read after row {rows}: repair or leave out the file. ({complaint})"
        raise WorldFailure(ErrorCode.CORRUPT_DATA, message) from error
