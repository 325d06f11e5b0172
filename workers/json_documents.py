"""JSON that is read as a whole: one array or object, which a builder of `datasets` needs in memory all at once.

Up to `DOCUMENT_BYTES` that is what happens. A larger array is read as several smaller ones; anything else of that size
is refused.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

import datasets
import numpy as np
import pyarrow as pa
from datasets.packaged_modules.json.json import FullReadDisallowed

from domain.adapters.files import full_storage_is_told
from domain.errors import ErrorCode, WorldFailure
from workers.bounded_bytes import LONGEST_LINE_BYTES
from workers.damage import are_json_lines
from workers.json_depth import Nesting, blocks, refuse_deep
from workers.null_rows import NullRows, without_null_rows
from workers.source_bytes import locate, open_bytes, split_of

DOCUMENT_BYTES = 64 << 20
PART_BYTES = 8 << 20
MOST_OF_A_LINE = 64 << 20


def json_tables(builder: Any, file: Path, scratch: Path, path: str) -> Iterator[Any]:
    """The tables of a JSON file (`path` in errors), as the builder makes them."""
    located, rows = locate(file, scratch), NullRows()
    with open_bytes(located) as opened:
        size = refuse_deep(opened, path, rows.look)
    if rows.are_found:
        file = _without_null_rows(located, scratch)
        located = locate(file, scratch)
    try:
        split = split_of(builder, file, scratch)
    except StopIteration:  # the builder infers from a first table, and the file has none
        return
    try:
        for _, table in builder._generate_tables(**split, allow_full_read=size <= DOCUMENT_BYTES):
            yield table
    except FullReadDisallowed as refusal:
        with open_bytes(located) as opened:
            start = opened.readline(MOST_OF_A_LINE)
        if builder.config.field is None and start.startswith(b"["):
            yield from _array_tables(builder, located, scratch, path)
        elif builder.config.field is None and are_json_lines(start, path):
            raise ValueError(str(refusal.__context__)) from refusal
        else:
            raise _too_large(path, size) from refusal


def _without_null_rows(located: str, scratch: Path) -> Path:
    """A copy, which is read instead."""
    copy = scratch / "rows-without-null.json"
    with open_bytes(located) as opened, full_storage_is_told(scratch), copy.open("wb") as written:
        written.writelines(without_null_rows(opened))
    return copy


def _too_large(path: str, size: int) -> WorldFailure:
    message = (
        f"{path} is one JSON document of {size:,} bytes: above {DOCUMENT_BYTES:,} only arrays and JSON lines are read. "
        "Make it one of them."
    )
    return WorldFailure(ErrorCode.UNSUPPORTED_FORMAT, message)


def _too_long(path: str) -> WorldFailure:
    message = f"{path} holds a value of more than {LONGEST_LINE_BYTES:,} bytes: cut it, or leave it out."
    return WorldFailure(ErrorCode.CORRUPT_DATA, message)


def _array_tables(builder: Any, located: str, scratch: Path, path: str) -> Iterator[Any]:
    """An array part by part; what is not known of its features follows from all parts, as it would from the whole."""
    inferring = builder.info.features is None
    schemas: list[Any] = []
    with open_bytes(located) as opened:
        for content in array_parts(opened, path):
            part = scratch / "part.json"
            part.write_bytes(content)
            files = {"files_iterables": [[str(part)]], "base_files": [str(part)], "original_files": [str(part)]}
            tables = (table for _, table in builder._generate_tables(**files))
            if inferring:
                schemas += [table.schema.remove_metadata() for table in tables]
            else:
                yield from tables
    if inferring:
        together = pa.unify_schemas(schemas, promote_options="permissive")
        builder.info.features = datasets.Features.from_arrow_schema(together)


def array_parts(file: IO[bytes], path: str) -> Iterator[bytes]:
    """An array as smaller arrays with the same elements in the same order, cut at commas between them; CORRUPT_DATA
    where one of them is too large by itself."""
    nesting, waiting, size = Nesting(), list[bytes](), 0
    for block, blanked in blocks(file):
        outside, depths = nesting.places(blanked)
        commas = np.flatnonzero((np.frombuffer(blanked, np.uint8) == ord(",")) & outside & (depths == 1))
        if size + len(block) < PART_BYTES or not len(commas):
            waiting, size = [*waiting, block], size + len(block)
            if size > LONGEST_LINE_BYTES:
                raise _too_long(path)
            continue
        cut = int(commas[-1])
        yield b"".join([*waiting, block[:cut], b"]"])
        waiting, size = [b"[", block[cut + 1 :]], len(block) - cut
    yield b"".join(waiting)
