"""What can be read of a damaged file: of text its lines in groups, halved until what is bad stands alone.

Only files whose rows are lines (records, in CSV) are salvaged so; of others, nothing that follows the damage is.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from domain.errors import ErrorCode, WorldFailure
from workers.bounded_bytes import LONGEST_LINE_BYTES, Bomb
from workers.damage import UNREADABLE, Skips, is_too_long, reason_of, refuse_fault
from workers.row_checks import HOPELESS_ROWS
from workers.source_tables import LINES, Source, features_of
from workers.text_records import Line

# About what the readers of JSON and CSV take at once, from which they infer what the columns are.
GROUP_BYTES = 10 << 20
GROUP_LINES = 10_000
TOO_LONG = f"It has more than {LONGEST_LINE_BYTES:,} bytes."
CONTENT = (ErrorCode.CORRUPT_DATA, ErrorCode.INVALID_ENCODING)

Readable = tuple[Sequence[Line], list[Any]]
"""Neighbouring lines that can be read together, and the tables that they make."""


def tables_of(source: Source, path: str, features: Any, skips: Skips | None) -> Iterator[Any]:
    """The tables of a file; with skips, of what can be read of it."""
    return source.tables(path, features) if skips is None else readable_tables(source, path, features, skips)


def inferred(source: Source, paths: Sequence[str], skips: Skips | None) -> Any:
    """`Features` of the first file that has any, as `load_dataset` infers them; None when all are empty.

    What the card said of the columns goes first. With skips, what cannot be read is passed over; where that is all
    there is, the first failure is raised.
    """
    known = source.format.get("features")
    if known is not None:
        return features_of(known)
    failures: list[WorldFailure] = []
    for path in paths:
        try:
            found = source.infer(path)
        except WorldFailure as failure:
            if skips is None or failure.code not in CONTENT or isinstance(failure, Bomb):
                raise
            failures.append(failure)
            found = readable_features(source, path)
        if found is not None:
            return found
    if failures:
        raise failures[0]
    return None


def readable_tables(source: Source, path: str, features: Any, skips: Skips) -> Iterator[Any]:
    """`Source.tables` of a file without what cannot be read, which is counted."""
    before, rows = skips.copy(), 0
    try:
        for table in source.tables(path, features, skips):
            yield table
            rows += table.num_rows
    except WorldFailure as failure:
        if failure.code not in CONTENT or isinstance(failure, Bomb):
            raise
        salvage = Salvage(source, path, features, skips)
        if not salvage.is_possible():
            skips.add(path, f"after row {rows:,}", failure.message)
            return
        skips.rows, skips.places = before.rows, before.places
        yield from _after(rows, (table for _, tables in salvage.groups() for table in tables))


def readable_features(source: Source, path: str) -> Any:
    """`Source.infer` of the first lines that can be read; None where there are none."""
    salvage = Salvage(source, path, None, Skips())
    for lines, _ in salvage.groups() if salvage.is_possible() else ():
        with salvage.written(lines) as file:
            features = source.infer(path, file)
        if features is not None:
            return features
    return None


def _after(rows: int, tables: Iterator[Any]) -> Iterator[Any]:
    """All but the first rows, which were there before."""
    for table in tables:
        kept = table.slice(min(rows, table.num_rows))
        rows -= table.num_rows - kept.num_rows
        if kept.num_rows:
            yield kept


@dataclass(slots=True)
class Salvage:
    """The rows of one text file of a source; what is left out is added to `skips`. `found`: some could be read; `alone`
    counts those that could not be though they stood alone."""

    source: Source
    path: str
    features: Any
    skips: Skips
    head: bytes = b""
    width: int | None = None
    found: bool = False
    alone: int = 0

    def is_possible(self) -> bool:
        """Are the rows of the file lines?"""
        if self.source.name not in LINES:
            return False
        try:
            with self.source.opened(self.path) as file:
                return self.source.records.are_lines(file, self.path)
        except UNREADABLE:
            return False

    def groups(self) -> Iterator[Readable]:
        """All that can be read, in order."""
        with self.source.opened(self.path) as file:
            self.width = self.source.records.width(file)
        with self.source.opened(self.path) as file:
            self.head, lines = self.source.records.read(file)
            if bad := self.source.records.complaint(self.head):  # which goes before every group
                self.skips.add(self.path, "line 1", bad)
                return
            group: list[Line] = []
            size = 0
            for line in self._until_cut(lines):
                if is_too_long(line.content):
                    self.skips.add(self.path, f"line {line.number:,}", TOO_LONG)
                    continue
                group.append(line)
                size += len(line.content)
                if size >= GROUP_BYTES or len(group) >= GROUP_LINES:
                    yield from self._sifted(group)
                    group, size = [], 0
            yield from self._sifted(group)

    def _until_cut(self, lines: Iterator[Line]) -> Iterator[Line]:
        """A compressed file may end before its end."""
        number = 0
        try:
            for line in lines:
                number = line.number
                yield line
        except UNREADABLE as error:
            refuse_fault(self.path, error)
            self.skips.add(self.path, f"after line {number:,}", reason_of(error))

    def _sifted(self, group: Sequence[Line]) -> Iterator[Readable]:
        """At once where nothing is wrong; else without what is bad by itself, then by halves."""
        tables = self._tables(group)
        if isinstance(tables, list):
            self.found = self.found or bool(group)
            yield group, tables
            return
        complaints = ((line.number, self._complaint(line)) for line in group)
        bad = {number: complaint for number, complaint in complaints if complaint is not None}
        yield from self._together(list(self._halved([line for line in group if line.number not in bad], bad)))
        for number, complaint in sorted(bad.items()):
            self.skips.add(self.path, f"line {number:,}", complaint)

    def _halved(self, group: Sequence[Line], bad: dict[int, str]) -> Iterator[Readable]:
        tables = self._tables(group)
        if isinstance(tables, list):
            self.found = self.found or bool(group)
            yield group, tables
        elif len(group) == 1 or (not self.found and self.alone >= HOPELESS_ROWS):
            self.alone += 1
            bad |= {line.number: tables for line in group}
        else:
            half = len(group) // 2
            yield from self._halved(group[:half], bad)
            yield from self._halved(group[half:], bad)

    def _together(self, parts: Sequence[Readable]) -> Sequence[Readable]:
        """What is good of a group, read as one where that can be: in a few rows by themselves the reader may take texts
        for numbers or times, and write them otherwise. What the columns are follows from rows that fit together."""
        lines = [line for part, _ in parts for line in part]
        tables = self._tables(lines) if len(parts) > 1 and self.features is not None else None
        return [(lines, tables)] if isinstance(tables, list) else parts

    def _complaint(self, line: Line) -> str | None:
        """Why a row cannot be read, as far as that can be told from it alone."""
        return self._too_wide(line) or self.source.records.complaint(line.content)

    def _too_wide(self, line: Line) -> str | None:
        return self.source.records.complaint_of_width(line, self.width) if self.width else None

    def _tables(self, group: Sequence[Line]) -> list[Any] | str:
        """The tables of a group of lines, or why there are none."""
        if not group:
            return []
        if wide := self._too_wide(group[0]):  # the reader would take it for another thing
            return wide
        with self.written(group) as file:
            try:
                return list(self.source.tables(self.path, self.features, file=file))
            except WorldFailure as failure:
                if failure.code not in CONTENT:
                    raise
                return reason_of(failure.__cause__ or failure)

    @contextmanager
    def written(self, group: Sequence[Line]) -> Iterator[Path]:
        """The lines as a file of the source's format."""
        with TemporaryDirectory(prefix="ingest-", dir=self.source.scratch) as folder:
            file = Path(folder, "lines.txt")
            file.write_bytes(self.head + b"".join(line.content for line in group))
            yield file
