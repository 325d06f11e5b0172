"""The rows of a text file as the bytes that they are written in: lines, or records of several lines in CSV."""

import csv
import io
from codecs import BOM_UTF8
from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from typing import IO, Any, Literal, NamedTuple

from workers.bounded_bytes import LONGEST_LINE_BYTES, WIDE_MARKS
from workers.damage import are_json_lines, complaint, has_plain_lines, json_complaint, numbered_lines

RECORD_BYTES = 16 << 20  # a quote that is open for longer was never meant to be one
UNQUOTED = 3  # csv.QUOTE_NONE
ROWS_AT_ONCE = 10_000  # of the reader of CSV
AT_ONCE_BYTES = 64 << 20
LOOKED_AT_BYTES = 8 << 20
# Settings with which the records of a CSV file are still what stands between its lines' ends.
PLAIN_CSV = {
    "sep",
    "delimiter",
    "quotechar",
    "quoting",
    "names",
    "column_names",
    "header",
    "encoding",
    "encoding_errors",
}


class Line(NamedTuple):
    """A line or record, by the number of its first line, from 1."""

    number: int
    content: bytes


class Records:
    """How a file in the format `reader` ("json", "csv", "text") with its settings falls into rows."""

    def __init__(self, reader: str, options: Mapping[str, Any]) -> None:
        self._reader = reader
        self._options = options
        self.encoding = str(options.get("encoding") or "utf-8")

    def are_lines(self, file: IO[bytes], path: str) -> bool:
        """Is each row of the file written in lines of its own? In UTF-16 and UTF-32 parts of one pass for them."""
        first = file.readline(LONGEST_LINE_BYTES)
        if not has_plain_lines(self.encoding) or first.startswith(WIDE_MARKS):
            return False
        if self._reader == "json":
            return "field" not in self._options and are_json_lines(first, path)
        if self._reader == "csv":
            return self._is_plain_csv
        return bool(self._options.get("sample_by", "line") == "line")

    def read(self, file: IO[bytes]) -> tuple[bytes, Iterator[Line]]:
        """What goes before every group of rows (the header of CSV), and the rows."""
        records = self._records(file) if self._reader == "csv" else map(Line._make, numbered_lines(file))
        named = self._options.get("names") or self._options.get("column_names")
        if self._reader == "csv" and not named and self._options.get("header", "infer") is not None:
            return next(records, Line(1, b"")).content, records
        return b"", records

    @property
    def may_be_measured(self) -> bool:
        """Can `rows_at_once` tell, and has nobody said?"""
        return has_plain_lines(self.encoding) and "chunksize" not in self._options

    def rows_at_once(self, file: IO[bytes]) -> int:
        """How many rows of CSV are read at once: as many as `datasets` does, fewer where the first ones are long."""
        size = rows = 0
        for line in self.read(file)[1]:
            size, rows = size + len(line.content), rows + 1
            if size > LOOKED_AT_BYTES:
                break
        return min(ROWS_AT_ONCE, max(1, AT_ONCE_BYTES * rows // max(size, 1)))

    def width(self, file: IO[bytes]) -> int | None:
        """How many fields a record of CSV may have; None: any number. The first records are looked at.

        As many as its header, unless all of the first ones have more: then what comes first names the rows, as pandas
        has it. It would take a single one for that, too, and move the fields of all others.
        """
        return self._widths(file)[0]

    def check_first(self, file: IO[bytes]) -> None:
        """ValueError where the first record of CSV has too many fields, which the reader takes for another thing."""
        width, first = self._widths(file)
        if width and first and (wide := self.complaint_of_width(first[0], width)):
            raise ValueError(wide)

    def _widths(self, file: IO[bytes]) -> tuple[int | None, list[Line]]:
        if not self._is_plain_csv or not has_plain_lines(self.encoding):
            return None, []
        head, rows = self.read(file)
        first = list(islice((row for row in rows if row.content.strip()), 2))
        least = min((self.fields(row.content) for row in first), default=0)
        known = self.fields(head)
        return max(known, least) if known else None, first

    def complaint_of_width(self, line: Line, width: int) -> str | None:
        """Why a record of CSV has too many fields, if it has."""
        found = self.fields(line.content)
        return f"Expected {width:,} fields in line {line.number:,}, saw {found:,}" if found > width else None

    def fields(self, record: bytes) -> int:
        """The fields of a record of CSV; 0: it cannot be told. A quote within a field is a sign like any other."""
        text = record.decode(self.encoding, errors="replace")
        quotechar = self._quotechar or None
        quoting: Literal[0, 3] = csv.QUOTE_MINIMAL if quotechar else csv.QUOTE_NONE
        lines = io.StringIO(text, newline="")
        try:
            return len(next(csv.reader(lines, delimiter=self._separator, quotechar=quotechar, quoting=quoting), ()))
        except (csv.Error, TypeError):  # TypeError: a separator of several signs
            return 0

    def complaint(self, content: bytes) -> str | None:
        """Why a row cannot be read, as far as that can be told from it alone."""
        if self._reader == "json":
            return json_complaint(content) if content.strip() else None
        return complaint(content.decode, self.encoding, self._options.get("encoding_errors") or "strict")

    @property
    def signs(self) -> tuple[bytes, bytes]:
        """What separates the fields of CSV, and what quotes them; nothing where it cannot be told."""
        if not self._is_plain_csv:
            return b"", b""
        return self._separator.encode(self.encoding), self._quotechar.encode(self.encoding)

    @property
    def _is_plain_csv(self) -> bool:
        is_plain = self._options.keys() <= PLAIN_CSV and self._options.get("header", "infer") in ("infer", 0, None)
        return self._reader == "csv" and is_plain

    @property
    def _separator(self) -> str:
        delimiter = self._options.get("delimiter")
        return str(self._options.get("sep", ",") if delimiter is None else delimiter)

    @property
    def _quotechar(self) -> str:
        """Empty where nothing is quoted."""
        return "" if self._options.get("quoting") == UNQUOTED else str(self._options.get("quotechar", '"'))

    def _records(self, file: IO[bytes]) -> Iterator[Line]:
        waiting: list[Line] = []
        size, goes_on = 0, self._going_on()
        for number, content in numbered_lines(file):
            waiting.append(Line(number, content))
            size += len(content)
            if not goes_on(content.removeprefix(BOM_UTF8) if number == 1 else content):
                yield Line(waiting[0].number, b"".join(line.content for line in waiting))
            elif size > RECORD_BYTES:
                yield from waiting
                goes_on = self._going_on()
            else:
                continue
            waiting, size = [], 0
        yield from waiting

    def _going_on(self) -> Callable[[bytes], bool]:
        """Tells of line after line whether its record goes on in the next one."""
        separator, quote = self.signs
        if len(separator) != 1 or len(quote) != 1:
            return _Quotes(self._quotechar.encode(self.encoding)).go_on
        from workers.record_ends import OpenRecord  # noqa: PLC0415  it loads numba, which those who fetch do without

        record = OpenRecord(separator, quote)

        def goes_on(line: bytes) -> bool:
            if record.is_quoted or quote in line:
                record.take(line)
            return record.is_quoted

        return goes_on


class _Quotes:
    """Where separators are too long to look for the beginnings of fields, each quote counts, wherever it stands."""

    def __init__(self, quote: bytes) -> None:
        self._quote, self._are_open = quote, False

    def go_on(self, line: bytes) -> bool:
        """Whether they are open at the end of one line more."""
        if self._quote and line.count(self._quote) % 2:
            self._are_open = not self._are_open
        return self._are_open
