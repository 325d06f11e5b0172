"""The rows of source files as Arrow tables, read by the builders of `datasets` itself, so that they are what it gives.

A builder works on one file at a time, in tables that stay small however large the file's own row groups are.
"""

import json
import tempfile
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import datasets
import pyarrow.parquet
from datasets.packaged_modules import _EXTENSION_TO_MODULE
from datasets.packaged_modules.arrow.arrow import Arrow
from datasets.packaged_modules.csv.csv import Csv
from datasets.packaged_modules.json.json import Json
from datasets.packaged_modules.parquet.parquet import Parquet
from datasets.packaged_modules.text.text import Text

from domain.errors import ErrorCode, WorldFailure
from workers.bounded_bytes import LONGEST_LINE_BYTES, MOST_RATIO, Bounds, bounded
from workers.column_files import arrow_tables, parquet_tables
from workers.damage import (
    UNREADABLE,
    Skips,
    has_plain_lines,
    refuse_fault,
    told_of,
    undecodable_line,
    unparsable_line,
)
from workers.json_documents import json_tables
from workers.row_checks import Check
from workers.source_bytes import COMPRESSED, locate, open_bytes, refuse_long_lines, split_of, unpack
from workers.text_marks import without_mark
from workers.text_records import Records

BUILDERS: Mapping[str, Any] = {"parquet": Parquet, "arrow": Arrow, "json": Json, "csv": Csv, "text": Text}
LINES = ("json", "csv", "text")
SEEKING = ("parquet", "arrow")  # their readers take no compressed files
# What else the builders have in mind: a table of a conversation's log for files that look like one.
SETTINGS: Mapping[str, Mapping[str, Any]] = {"json": {"parse_agent_traces": False}}


@dataclass(frozen=True, slots=True)
class Source:
    """Files below `folder`, read as `format` ({"name", "options", "features"?}) by one of the builders.

    `scratch` is a folder for what is written while a file is read; it is made when needed, and nothing stays in it.
    """

    folder: Path
    format: Mapping[str, Any]
    scratch: Path

    @property
    def name(self) -> str:
        """The reader of `datasets`; UNSUPPORTED_FORMAT for one that is not known here."""
        name = str(self.format["name"])
        if name not in BUILDERS:
            message = f"Files in the format {name} cannot be read: use one of {', '.join(BUILDERS)}."
            raise WorldFailure(ErrorCode.UNSUPPORTED_FORMAT, message)
        return name

    @property
    def options(self) -> dict[str, Any]:
        """The settings of the reader that differ from its own."""
        return {name: value for name, value in self.format["options"].items() if name != "features"}

    @property
    def records(self) -> Records:
        """How text files fall into rows."""
        return Records(self.name, self.options)

    def rows(self, path: str, skips: Skips | None = None) -> int | None:
        """How many rows a file says it has; None when only reading it tells, or what it says cannot be read."""
        if self.name != "parquet" or "filters" in self.options or path.endswith(COMPRESSED):
            return None
        try:
            with self._told(path, 0):
                return int(pyarrow.parquet.read_metadata(self.folder / path).num_rows)
        except WorldFailure as failure:
            if skips is None or failure.retryable:
                raise
            return None

    def infer(self, path: str, file: Path | None = None) -> Any:
        """`Features` of a file, as `load_dataset` infers them from its first rows; None when it is empty."""
        with self._told(path, 0), self._reader(file or self.folder / path, path, None) as reader:
            table = next(reader.tables(None), None)
            found = reader.builder.info.features
            if found is None and table is not None:
                found = datasets.Features.from_arrow_schema(table.schema)
            if found is not None:
                found.arrow_schema.serialize()  # what is nested too deep to be written is told here
            return found

    def tables(self, path: str, features: Any, skips: Skips | None = None, file: Path | None = None) -> Iterator[Any]:
        """A file's rows as pyarrow tables of `features.arrow_schema`, every value checked.

        Raises CORRUPT_DATA or INVALID_ENCODING, naming the file and where it cannot be read; with `skips` bad rows of
        parquet and Arrow files are left out instead. `file` is read in place of the one at `path`.
        """
        check = Check(path, features, skips)
        with self._told(path, 0), self._reader(file or self.folder / path, path, features) as reader:
            tables = reader.tables(skips)
            while True:
                with self._told(path, check.rows):
                    table = next(tables, None)
                    parts = [] if table is None else check.good(table)
                if table is None:
                    return
                yield from parts

    def _told(self, path: str, rows: int) -> AbstractContextManager[None]:
        """With how a file was read, where its name says something else."""
        named = [_EXTENSION_TO_MODULE.get(suffix.lower(), ("", {}))[0] for suffix in Path(path).suffixes]
        foreign = any(named) and self.name not in named
        read = f"read as {self.name}, which most files of its config are," if foreign else "read"
        return told_of(path, rows, self._place(path), read)

    def _place(self, path: str) -> Callable[[ErrorCode], str | None]:
        """Where text cannot be read: a line, found by reading the file again."""

        def place(code: ErrorCode) -> str | None:
            if self.name not in LINES:
                return None
            try:
                with self.opened(path) as opened:
                    if code == ErrorCode.INVALID_ENCODING:
                        line = undecodable_line(opened, self.records.encoding)
                    else:
                        line = unparsable_line(opened, path) if self.name == "json" else None
            except UNREADABLE:  # where it ends cannot be read either
                return None
            return f"at line {line:,}" if line else None

        return place

    @contextmanager
    def opened(self, path: str) -> Generator[Any]:
        """The plain bytes of a file. TRY_AGAIN where they cannot be read, whatever they are."""
        bounds = replace(self._bounds(path), has_lines=False)
        try:
            with (
                self._named(self.folder / path, bounds) as (plain, scratch),
                open_bytes(locate(plain, scratch)) as file,
            ):
                yield file
        except OSError as error:
            refuse_fault(path, error)
            raise

    def _bounds(self, path: str) -> Bounds:
        """What a file may come to: lines of text have their own bound."""
        has_lines = self.name in LINES and has_plain_lines(self.records.encoding)
        return Bounds(path, self.most_ratio, has_lines, self.name == "json", *self.records.signs)

    @property
    def most_ratio(self) -> int:
        """How many times its bytes a file may come to."""
        return int(self.format.get("maxRatio", MOST_RATIO))

    def check_growth(self, path: str, written: int) -> None:
        """Raises Bomb where a file has come to too much."""
        self._bounds(path).check((self.folder / path).stat().st_size, written)

    @contextmanager
    def _named(self, file: Path, bounds: Bounds) -> Generator[tuple[Path, Path]]:
        """The file under a plain name: `datasets` takes brackets, colons and a first dot for more than that."""
        self.scratch.mkdir(parents=True, exist_ok=True)
        with bounded(bounds), tempfile.TemporaryDirectory(prefix="ingest-", dir=self.scratch) as scratch:
            plain = Path(scratch, "rows" + (file.suffix if file.suffix[1:].isalnum() else ""))
            plain.symlink_to(file.absolute())
            if self.name in SEEKING and file.suffix in COMPRESSED:
                packed, plain = plain, Path(scratch, "rows")
                unpack(packed, plain)
            yield plain, Path(scratch)

    @contextmanager
    def _reader(self, file: Path, path: str, features: Any) -> Generator["_Reader"]:
        with self._named(file, self._bounds(path)) as (plain, scratch):
            builder = BUILDERS[self.name](cache_dir=str(scratch), **SETTINGS.get(self.name, {}), **self.options)
            builder.info.features = features
            yield _Reader(builder, plain, scratch, path, self.records)


@dataclass(frozen=True, slots=True)
class _Reader:
    builder: Any
    file: Path
    scratch: Path
    path: str
    records: Records

    def tables(self, skips: Skips | None) -> Iterator[Any]:
        """As the builder gives them; of the formats with columns, as they are stored."""
        if isinstance(self.builder, Json):
            yield from json_tables(self.builder, self.file, self.scratch, self.path)
        elif isinstance(self.builder, Arrow):
            self._split()
            yield from arrow_tables(self.file, self.path, skips)
        elif isinstance(self.builder, Parquet) and self.builder.config.filters is None:
            self._split()
            yield from parquet_tables(self.file, self.path, self.builder.config.columns, skips)
        elif isinstance(self.builder, Csv):
            located = locate(self.file, self.scratch)
            with open_bytes(located) as opened:
                self.records.check_first(opened)
            with open_bytes(located) as opened:
                if self.records.may_be_measured:
                    self.builder.config.chunksize = self.records.rows_at_once(opened)
            # given open: pandas closes no file that it has not read to its end
            with open_bytes(located) as opened:
                yield from self._generated(self._split() | {"files_iterables": [[opened]]})
        elif isinstance(self.builder, Text):
            if self.file.stat().st_size > LONGEST_LINE_BYTES:
                refuse_long_lines(locate(self.file, self.scratch))
            yield from without_mark(self._generated(self._split()))
        else:
            yield from self._generated(self._split())

    def _generated(self, split: Mapping[str, Any]) -> Iterator[Any]:
        for _, table in self.builder._generate_tables(**split):
            yield table

    def _split(self) -> dict[str, Any]:
        """What the builder needs to know of the file; what it infers is in its info after that."""
        return split_of(self.builder, self.file, self.scratch)


def features_of(told: str | Mapping[str, Any]) -> Any:
    """`Features` from what `features_text` or `Features.to_dict()` gave."""
    return datasets.Features.from_dict(json.loads(told) if isinstance(told, str) else dict(told))


def features_text(features: Any) -> str:
    """`Features` as JSON text: text keeps the order of the columns where a JSON column of a database would not."""
    return json.dumps(features.to_dict())
