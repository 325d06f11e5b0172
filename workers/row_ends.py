"""Where rows end in text that comes block by block, so that a file can be cut after a whole one."""

import json
import re
from collections.abc import Mapping
from typing import Any

Pattern = re.Pattern[bytes]

BYTE_ORDER_MARK = b"\xef\xbb\xbf"

LINE_END = rb"(?:\r?\n|\r(?=[^\n]))"
# A row with its line's end. Blank lines are rows of plain text alone.
TEXT_ROW = re.compile(rb"[^\r\n]*+%b" % LINE_END)
JSON_ROW = re.compile(rb"\s*+\S[^\r\n]*+%b" % LINE_END)
# What these encodings write for a line feed or a quote is that one byte, and nothing else has it.
ENCODINGS = (None, "utf-8", "utf8", "ascii", "latin-1", "iso-8859-1", "cp1252")
# Of the settings of the CSV reader these leave it clear where a row ends; others may not.
CLEAR_OPTIONS = {"sep", "delimiter", "names", "column_names", "usecols", "dtype", "encoding", "na_values", "chunksize"}


def row_pattern(format: Mapping[str, Any]) -> Pattern | None:
    """What one row of files in a format ({"name", "options"}) is; None where rows do not end at certain line feeds."""
    name, options = format["name"], format["options"]
    if str(options.get("encoding") or "utf-8").lower() not in ENCODINGS:
        return None
    if name == "json":
        return None if options.get("field") else JSON_ROW
    if name == "text":
        return TEXT_ROW if options.get("sample_by", "line") == "line" else None
    if name == "csv" and options.keys() <= CLEAR_OPTIONS:
        return _csv_row(options.get("delimiter") or options.get("sep") or ",")
    return None


def header_rows(format: Mapping[str, Any]) -> int:
    """Rows of a file that name its columns."""
    return int(format["name"] == "csv" and not format["options"].keys() & {"names", "column_names"})


def _csv_row(separator: str) -> Pattern | None:
    """A quote opens a field at its beginning only, and a line feed inside of quotes ends nothing."""
    if len(separator) != 1 or not separator.isascii():
        return None
    end = re.escape(separator).encode()
    field = rb'(?:"(?:[^"]++|"")*+"[^%b\r\n]*+|[^%b"\r\n][^%b\r\n]*+|)' % (end, end, end)
    return re.compile(rb"%b*+(?=[^\r\n])%b(?:%b%b)*+%b" % (LINE_END, field, end, field, LINE_END))


class RowEnds:
    """Counts whole rows up to `most` (None: all): `rows` so far, the last of which ends before byte `end`."""

    def __init__(self, pattern: Pattern, most: int | None) -> None:
        self.rows = self.end = 0
        self.most = most
        self._pattern, self._rest = pattern, b""

    @property
    def full(self) -> bool:
        return self.most is not None and self.rows >= self.most

    def take(self, block: bytes) -> None:
        """The next bytes."""
        text, at = self._rest + block, 0
        while not self.full and (found := self._pattern.match(text, at)):
            at = found.end()
            self.rows += 1
        self.end += at
        self._rest = text[at:]

    def close(self) -> None:
        """The file is over: what came after its last line feed is a row too."""
        if not self.full and self._rest.strip():
            self.rows += 1
            self.end += len(self._rest)
            self._rest = b""


def is_document(beginning: bytes) -> bool:
    """Whether a JSON file that begins so is one document, and not a row a line."""
    text = beginning.removeprefix(BYTE_ORDER_MARK).lstrip()
    line, line_feed, _ = text.partition(b"\n")
    if text.startswith(b"[") or not line_feed:
        return text.startswith(b"[")
    try:
        return not isinstance(json.loads(line), dict)
    except (ValueError, RecursionError):
        return True
