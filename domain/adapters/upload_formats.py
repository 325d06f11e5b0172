"""What a file that was sent here is: told by how it begins, and by its name only where that says nothing.

Lines of text may be what their name says: commas and tabs are in prose, too. What is nothing but JSON is JSON.
"""

import csv
import gzip
import json
import re
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from functools import partial
from io import BytesIO
from itertools import islice
from pathlib import Path

import pyarrow as pa

HEAD_BYTES = 64 * 1024
# What is packed worst is hardly longer than it was. What tells nothing within so much has a name, a comment or empty
# parts without an end, through which gzip goes byte by byte.
PACKED_HEAD_BYTES = 4 * HEAD_BYTES
BLOCK_BYTES = 1024
LINES_LOOKED_AT = 20
LEAST_RECORDS = 3  # so many with the same number of fields are no coincidence

UNKNOWN = "unknown"
COMPRESSIONS = {b"\x1f\x8b": "gz", b"\x28\xb5\x2f\xfd": "zst"}
# A frame of zstd that has no data, with which `pzstd` begins.
SKIPPED_FRAME = re.compile(rb"[\x50-\x5f]\x2a\x4d\x18")
COLUMN_FILES = {b"PAR1": "parquet", b"ARROW1": "arrow", b"\xff\xff\xff\xff": "arrow"}  # the last is an Arrow stream
UNICODE_MARKS = (b"\xff\xfe", b"\xfe\xff")  # of UTF-16, little-endian UTF-32 included: text, if not ours to read
BIG_UTF_32 = b"\x00\x00\xfe\xff"
NAMES: Mapping[str, str] = {
    "csv": "csv",
    "tsv": "tsv",
    "json": "json",
    "jsonl": "jsonl",
    "ndjson": "jsonl",
    "txt": "txt",
}
SEPARATORS = {"csv": ",", "tsv": "\t"}
RECORDS = re.compile(r'\s*\[\s*\{\s*"')
OPENING = re.compile(r'\s*(?:\{\s*(?:["}]|$)|\[\s*(?:[{\["\]\dtfn-]|$))')


def format_of(path: Path, name: str) -> str:
    """One of csv, tsv, json, jsonl, txt, parquet, arrow, with ".gz" or ".zst" where it is packed so; else "unknown"."""
    head = _beginning(path, HEAD_BYTES)
    packed = next((suffix for magic, suffix in COMPRESSIONS.items() if head.startswith(magic)), None)
    if SKIPPED_FRAME.match(head):
        packed = "zst"
    if packed:
        head = _unpacked_head(path, packed)
    kind = _kind_of(head, _named(name))
    return f"{kind}.{packed}" if packed and kind != UNKNOWN else kind


def named_format(name: str) -> str:
    """The same, as far as the name tells it: before there is content."""
    suffixes = name.lower().split(".")[1:]
    packed = next((suffix for suffix in COMPRESSIONS.values() if suffixes[-1:] == [suffix]), None)
    of_columns = next((kind for kind in COLUMN_FILES.values() if kind in suffixes), None)
    kind = of_columns or _named(name) or UNKNOWN
    return f"{kind}.{packed}" if packed and kind != UNKNOWN else kind


def _beginning(path: Path, size: int) -> bytes:
    with path.open("rb") as file:
        return file.read(size)


def _unpacked_head(path: Path, packed: str) -> bytes:
    """As much as can be had: what is wrong with the rest is told by its ingest."""
    found = bytearray()
    with suppress(EOFError, OSError, zlib.error):  # those of Arrow are OSErrors
        for block in _unpacked(_beginning(path, PACKED_HEAD_BYTES), packed):
            found += block
            if len(found) >= HEAD_BYTES:
                break
    return bytes(found[:HEAD_BYTES])


def _unpacked(content: bytes, packed: str) -> Iterator[bytes]:
    if packed == "gz":
        with gzip.GzipFile(fileobj=BytesIO(content)) as plain:
            yield from iter(partial(plain.read1, BLOCK_BYTES), b"")
    else:
        with pa.CompressedInputStream(pa.BufferReader(content), "zstd") as stream:
            yield from iter(partial(stream.read, BLOCK_BYTES), b"")


def _named(name: str) -> str | None:
    """The last suffix that stands for a format of text."""
    suffixes = reversed(name.lower().split(".")[1:])
    return next((NAMES[suffix] for suffix in suffixes if suffix in NAMES), None)


def _kind_of(head: bytes, named: str | None) -> str:
    if head.startswith(tuple(COMPRESSIONS)):  # packed twice
        return UNKNOWN
    for magic, kind in COLUMN_FILES.items():
        if head.startswith(magic):
            return kind
    if head.startswith(UNICODE_MARKS) or head.startswith(BIG_UTF_32) or not head:
        return named or "txt"
    return UNKNOWN if b"\0" in head else _text_kind(_lines(head), named)


def _lines(head: bytes) -> list[str]:
    """The first lines, without the last of a file that goes on."""
    text = head.decode(errors="replace").removeprefix("\ufeff")
    lines = text.splitlines(keepends=True)
    if len(head) == HEAD_BYTES and len(lines) > 1:
        lines.pop()
    return [line for line in islice(lines, LINES_LOOKED_AT) if line.strip()]


def _text_kind(lines: Sequence[str], named: str | None) -> str:
    if not lines:
        return named or "txt"
    if named == "txt":
        return _records_kind(lines) or named
    told = _json_kind(lines, is_named=named in ("json", "jsonl"))
    return told or _separated(lines, named) or named or "txt"


def _records_kind(lines: Sequence[str]) -> str | None:
    """What prose never is: an object in each line, or an array of them."""
    if all(map(_is_object, lines)):
        return "jsonl"
    return "json" if RECORDS.match("".join(lines)) else None


def _json_kind(lines: Sequence[str], *, is_named: bool) -> str | None:
    """A file that is named so may begin with a line that is damaged."""
    if any(map(_is_object, lines if is_named else lines[:1])):
        return "jsonl"
    return "json" if OPENING.match(lines[0]) and (is_named or not _is_record(lines[0])) else None


def _is_object(line: str) -> bool:
    try:
        return isinstance(json.loads(line), dict)
    except (ValueError, RecursionError):
        return False


def _is_record(line: str) -> bool:
    """Whether a line that opens like JSON goes on as JSON does not, as `[id],text` does."""
    return bool(re.match(r"\s*\[[^\]]*\]\s*[,\t]\s*[^\s{\[\"\d]", line))


def _separated(lines: Sequence[str], named: str | None) -> str | None:
    """What the same number of fields in all records tells; first of what the name says."""
    for kind in sorted(SEPARATORS, key=lambda kind: kind != named):
        try:
            fields = [len(record) for record in csv.reader(lines, delimiter=SEPARATORS[kind])]
        except csv.Error:
            continue
        whole = fields[:-1] if len(lines) == LINES_LOOKED_AT else fields
        if len(whole) >= LEAST_RECORDS and len(set(whole)) == 1 and whole[0] > 1:
            return kind
    return None
