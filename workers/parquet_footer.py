"""The footer of a parquet file, and the footer of its first row groups: the front of the file under it is a whole file.

A footer is a Thrift struct in the compact protocol. Its row groups are a list in field 4, their rows field 3; the rest
is kept byte for byte. Readers that look for page indexes, which `datasets` does not, miss those that were at the end.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from domain.errors import ErrorCode, WorldFailure

MAGIC = b"PAR1"
TAIL_BYTES = 8  # length and magic, behind the struct
LENGTH_BYTES = 4
ROWS_FIELD, GROUPS_FIELD = 3, 4
STOP, BYTE, DOUBLE, BINARY, LIST, SET, MAP, STRUCT = 0, 3, 7, 8, 9, 10, 11, 12
FLAGS, NUMBERS = (1, 2), (4, 5, 6)
DOUBLE_BYTES = 8
LONG_LIST = 15  # that many elements or more: their number follows
MORE, SEVEN_BITS, HALF = 0x80, 0x7F, 4
LOW_HALF = 0x0F


@dataclass(frozen=True)
class Footer:
    """`struct` is the footer without its tail; `rows` and `ends` are those of each row group: how many rows it has, and
    at which byte of the file it and all before it have ended."""

    struct: bytes
    rows: list[int]
    ends: list[int]

    @property
    def length(self) -> int:
        """Bytes, with its tail."""
        return len(self.struct) + TAIL_BYTES

    def first(self, groups: int) -> bytes:
        """What follows the front of the file that ends where the first `groups` row groups do."""
        struct = _cut(self.struct, groups, sum(self.rows[:groups]))
        return struct + len(struct).to_bytes(LENGTH_BYTES, "little") + MAGIC


def footer_length(tail: bytes, path: str) -> int:
    """Bytes of the footer with its tail, from the end of the file; CORRUPT_DATA where it is no parquet file."""
    if len(tail) < TAIL_BYTES or not tail.endswith(MAGIC):
        raise _corrupt(path)
    return int.from_bytes(tail[-TAIL_BYTES:-LENGTH_BYTES], "little") + TAIL_BYTES


def read_footer(footer: bytes, path: str) -> Footer:
    """From the last `footer_length` bytes of a file."""
    try:
        metadata = pq.read_metadata(pa.BufferReader(MAGIC + footer))
    except (pa.ArrowException, OSError) as error:
        raise _corrupt(path) from error
    groups = [metadata.row_group(number) for number in range(metadata.num_row_groups)]
    ends, end = [], len(MAGIC)
    for group in groups:
        end = max([end, *(_end(group.column(number)) for number in range(group.num_columns))])
        ends.append(end)
    return Footer(footer[:-TAIL_BYTES], [group.num_rows for group in groups], ends)


def _end(column: Any) -> int:
    starts = (column.dictionary_page_offset, column.data_page_offset)
    return int(min(start for start in starts if start) + column.total_compressed_size)


def _cut(struct: bytes, groups: int, rows: int) -> bytes:
    """The struct with so many row groups and rows, all its other fields as they are."""
    reader, made, copied = _Thrift(struct), bytearray(), 0
    for number, kind in reader.fields():
        start = reader.at
        if number == ROWS_FIELD:
            reader.skip(kind)
            made += struct[copied:start] + _varint(rows << 1)  # zigzag of what is not negative
        elif number == GROUPS_FIELD:
            _, element = reader.sizes()
            first = reader.at
            for _ in range(groups):
                reader.skip(element)
            made += struct[copied:start] + _list_head(groups, element) + struct[first : reader.at]
            reader.at = start
            reader.skip(kind)
        else:
            reader.skip(kind)
            continue
        copied = reader.at
    return bytes(made + struct[copied:])


class _Thrift:
    """Goes through a struct of the compact protocol; `at` is the next byte."""

    def __init__(self, data: bytes) -> None:
        self.data, self.at = data, 0

    def fields(self) -> Any:
        """(number, type) of each field of the struct that begins here; the caller goes past its value."""
        number = 0
        while (head := self._byte()) != STOP:
            number = number + (head >> HALF) if head >> HALF else self._zigzag()
            yield number, head & LOW_HALF

    def sizes(self) -> tuple[int, int]:
        """Elements of the list that begins here, and their type."""
        head = self._byte()
        size = head >> HALF
        return (self.number() if size == LONG_LIST else size), head & LOW_HALF

    def number(self) -> int:
        shift = value = 0
        while (byte := self._byte()) & MORE:
            value |= (byte & SEVEN_BITS) << shift
            shift += 7
        return value | byte << shift

    def skip(self, kind: int) -> None:
        """Goes past a value; a flag as a field has none."""
        skips: dict[int, Callable[[], None]] = {LIST: self._list, SET: self._list, MAP: self._map, STRUCT: self._struct}
        if kind in NUMBERS:
            self.number()
        elif kind == BINARY:
            length = self.number()
            self.at += length
        elif kind in (BYTE, DOUBLE):
            self.at += 1 if kind == BYTE else DOUBLE_BYTES
        elif kind not in FLAGS:
            skips[kind]()

    def _struct(self) -> None:
        for _, kind in self.fields():
            self.skip(kind)

    def _list(self) -> None:
        size, kind = self.sizes()
        for _ in range(size):
            self._element(kind)

    def _map(self) -> None:
        size = self.number()
        kinds = self._byte() if size else 0
        for _ in range(size):
            self._element(kinds >> HALF)
            self._element(kinds & LOW_HALF)

    def _element(self, kind: int) -> None:
        """Flags take a byte where they are elements."""
        self.skip(BYTE if kind in FLAGS else kind)

    def _byte(self) -> int:
        self.at += 1
        return self.data[self.at - 1]

    def _zigzag(self) -> int:
        value = self.number()
        return value >> 1 ^ -(value & 1)


def _varint(value: int) -> bytes:
    made = bytearray()
    while value > SEVEN_BITS:
        made.append(value & SEVEN_BITS | MORE)
        value >>= 7
    return bytes([*made, value])


def _list_head(size: int, kind: int) -> bytes:
    return bytes([size << HALF | kind]) if size < LONG_LIST else bytes([LONG_LIST << HALF | kind]) + _varint(size)


def _corrupt(path: str) -> WorldFailure:
    message = f"{path} does not end as a parquet file does: repair it, or leave it out."
    return WorldFailure(ErrorCode.CORRUPT_DATA, message)
