"""What a file is, told by its content; by its name where that says nothing."""

import gzip

import pytest

from domain.adapters.upload_formats import HEAD_BYTES, PACKED_HEAD_BYTES, format_of, named_format
from tests.workers.ingests import COMPRESSIONS, CONTENTS, rows_of

FLAT = [{"id": number, "text": f"words, of {number}"} for number in range(50)]
PROSE = b"Call me Ishmael.\nSome years ago, never mind how long precisely,\nI thought I would sail about.\n"
OBJECTS = b'{"text": "a"}\n{"text": "b"}\n'


def told(tmp_path, content, name):
    (tmp_path / "file").write_bytes(content)
    return format_of(tmp_path / "file", name)


def content_of(kind):
    return CONTENTS[kind](FLAT if kind in ("csv", "tsv") else rows_of(0, 50))


@pytest.mark.parametrize("packed", ["", "gz", "zst"])
@pytest.mark.parametrize("kind", ["csv", "tsv", "json", "jsonl", "parquet", "arrow"])
def test_a_format_is_found_under_any_name(tmp_path, kind, packed):
    content = COMPRESSIONS[packed](content_of(kind)) if packed else content_of(kind)
    for name in ("rows", "rows.bin", f"rows.{kind}", "rows.parquet", "rows.csv.gz", f"ROWS.{kind.upper()}"):
        assert told(tmp_path, content, name) == (f"{kind}.{packed}" if packed else kind), name


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("rows.csv", "csv"),
        ("ROWS.NDJSON.GZ", "jsonl.gz"),
        ("rows.parquet", "parquet"),
        ("rows.arrow.zst", "arrow.zst"),
        ("rows.gz", "unknown"),
        ("csv", "unknown"),
    ],
)
def test_before_there_is_content_the_name_tells_what_it_can(name, expected):
    assert named_format(name) == expected


@pytest.mark.parametrize("packed", ["", "gz", "zst"])
def test_text_is_lines_of_text_by_its_name_or_where_it_is_nothing_else(tmp_path, packed):
    expected = f"txt.{packed}" if packed else "txt"
    for content, name in ((PROSE, "book"), (PROSE, "book.md"), (content_of("csv"), "a.txt.gz")):
        assert told(tmp_path, COMPRESSIONS[packed](content) if packed else content, name) == expected, name


@pytest.mark.parametrize(
    ("content", "name", "expected"),
    [
        (b"text\nalpha\nbeta\n", "one-column.csv", "csv"),
        (b"a,b\n1,2\n", "short.csv", "csv"),
        (b"a\tb\n1\t2\n3\t4\n", "tabs.csv", "tsv"),
        (b"a,b\n1,2\n3,4\n", "commas.json", "csv"),
        (b"[id],text\n1,a\n2,b\n", "brackets.csv", "csv"),
        (b"[text],label\n1,a\n2,b\n", "brackets.csv", "csv"),
        (b'"text"\n"say ""so"", and\nleave"\n"x"\n', "quotes.csv", "csv"),
        (b"garbage\n" + OBJECTS, "damaged.jsonl", "jsonl"),
        (b"garbage\n" + OBJECTS, "notes.txt", "txt"),
        (OBJECTS + b"[1] see above\n", "notes.txt", "txt"),
        (b"[sic]\n", "notes.txt", "txt"),
        (OBJECTS, "lines.txt", "jsonl"),
        (b'[\n  {\n    "text": "a"\n  }\n]\n', "array.txt", "json"),
        (b"garbage\n" + OBJECTS, "damaged.json", "jsonl"),
        (b"garbage\n", "garbage.json", "json"),
        (OBJECTS, "lines.ndjson", "jsonl"),
        (b'\xef\xbb\xbf{"text": "a"}\n', "marked", "jsonl"),
        (b'[{"text": "a"}]', "array", "json"),
        (b"[\n", "cut.json", "json"),
        (b'{\n  "data": [1]\n}\n', "document", "json"),
        (b'{"text": "' + b"a" * HEAD_BYTES + b'"}\n', "long", "json"),
        (b"", "empty.csv", "csv"),
        (b"", "empty", "txt"),
        (b"", "empty.parquet", "txt"),
        (b"\n \n", "blank", "txt"),
        ("text\nä\n".encode("utf-16"), "wide.csv", "csv"),
        ("text\nä\n".encode("utf-32"), "wider.csv", "csv"),
        (gzip.compress(OBJECTS, mtime=0)[:-8], "cut", "jsonl.gz"),
        (b"\x1f\x8b\x08 cut", "cut.jsonl.gz", "jsonl.gz"),
        (b"\x28\xb5\x2f\xfd cut", "cut.csv.zst", "csv.zst"),
    ],
)
def test_what_content_cannot_tell_is_told_by_the_name(tmp_path, content, name, expected):
    assert told(tmp_path, content, name) == expected


@pytest.mark.parametrize(
    "content",
    [
        b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR",
        b"PK\x03\x04\x14\0\0\0",
        b"%PDF-1.7\n\0\0",
        "text\nä\n".encode("utf-16-le"),
        gzip.compress(gzip.compress(OBJECTS, mtime=0) + b"\0", mtime=0),
        gzip.compress(b"\0" * 100, mtime=0),
    ],
)
def test_what_is_no_format_of_ours_is_unknown_whatever_its_name(tmp_path, content):
    assert told(tmp_path, content, "rows.csv") == "unknown"


LONG = PACKED_HEAD_BYTES
ZSTD = COMPRESSIONS["zst"]


def test_what_pzstd_packs_begins_with_a_part_to_be_skipped(tmp_path):
    size = len(ZSTD(OBJECTS)).to_bytes(4, "little")
    content = b"\x50\x2a\x4d\x18" + (4).to_bytes(4, "little") + size + ZSTD(OBJECTS)
    assert told(tmp_path, content, "rows") == "jsonl.zst"


@pytest.mark.parametrize(
    ("content", "packed"),
    [
        (b"\x1f\x8b\x08\x08" + bytes(6) + b"a name " * LONG + b"\0" + gzip.compress(OBJECTS)[10:], "gz"),
        (gzip.compress(b"") * LONG + gzip.compress(OBJECTS), "gz"),
        (ZSTD(b"") + b"\x50\x2a\x4d\x18" + LONG.to_bytes(4, "little") + bytes(LONG) + ZSTD(OBJECTS), "zst"),
    ],
    ids=["a long name", "empty parts", "a part to be skipped"],
)
def test_no_more_than_the_head_of_what_is_packed_is_looked_at(tmp_path, content, packed):
    """What comes behind it would tell, after as long as it takes to read a file byte by byte."""
    assert told(tmp_path, content, "rows.csv") == f"csv.{packed}"


def test_no_more_than_the_head_is_unpacked(tmp_path):
    """Neither a bomb nor what is cut off at its end is looked at further."""
    bomb = gzip.compress(OBJECTS + b" " * (16 << 20), 9)
    assert told(tmp_path, bomb[:-10], "bomb") == "jsonl.gz"
