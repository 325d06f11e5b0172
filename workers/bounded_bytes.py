"""The bytes of a source file, which end where they would be too many: out of a bomb, or in a line without an end."""

import io
from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Any

from domain.errors import ErrorCode, WorldFailure

if TYPE_CHECKING:
    from workers.record_ends import OpenRecord

# A line is held in memory several times while it is read.
LONGEST_LINE_BYTES = 64 << 20
MOST_RATIO = 200
# What any file may come to, however small it is.
FREE_BYTES = 64 << 20
BUFFER_BYTES = 256 << 10
WIDE_MARKS = (b"\xff\xfe", b"\xfe\xff", b"\x00\x00\xfe\xff")
BLANK = b"\xef\xbb\xbf \t\r\n"


class Bomb(WorldFailure):
    """CORRUPT_DATA of the whole file: no part of it is read in its place."""

    def __init__(self, path: str, size: int, ratio: int) -> None:
        message = (
            f"{path} comes to more than {ratio:,} times its {size:,} bytes, as a decompression bomb does: nothing of "
            "it is kept. If it is none, unpack it before, or set MISTUDIO_MAX_RATIO higher."
        )
        super().__init__(ErrorCode.CORRUPT_DATA, message)


@dataclass(frozen=True, slots=True)
class Bounds:
    """Of the file `path`: it may come to `ratio` times its bytes; with `has_lines` no line of it may be too long, and
    with `may_be_array` it may also be an array of JSON, which is one line."""

    path: str
    ratio: int = MOST_RATIO
    has_lines: bool = False
    may_be_array: bool = False
    separator: bytes = b""
    quote: bytes = b""

    def check(self, size: int, comes_to: int) -> None:
        """Raises Bomb where a file of `size` bytes comes to too much."""
        if comes_to > FREE_BYTES + self.ratio * size:
            raise Bomb(self.path, size, self.ratio)


BOUNDS: ContextVar[Bounds] = ContextVar("BOUNDS")


@contextmanager
def bounded(bounds: Bounds) -> Generator[None]:
    """What is opened inside the block, by whomever, is held to these bounds."""
    token = BOUNDS.set(bounds)
    try:
        yield
    finally:
        BOUNDS.reset(token)


class BoundedReader(io.BufferedReader):
    """A class of ours, so that `datasets` can replace its methods as it does."""


def bounded_bytes(plain: IO[bytes] | Any, packed_bytes: int | None = None) -> BoundedReader:
    """A binary file that is read within the bounds; `packed_bytes`: how large it is packed, None where it is not."""
    return BoundedReader(_Counted(plain, packed_bytes, BOUNDS.get(Bounds("A file"))), BUFFER_BYTES)


class _Counted(io.RawIOBase):
    def __init__(self, plain: Any, packed_bytes: int | None, bounds: Bounds) -> None:
        self._plain = plain
        self._packed = packed_bytes
        self._bounds = bounds
        self._has_lines = bounds.has_lines
        self._record = _open_record(bounds)
        self._done = self._lines = self._line_bytes = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        block: bytes = self._plain.read(len(buffer))
        if not self._done and self._bounds.may_be_array:
            self._look_at_json(block)
        self._done += len(block)
        if self._packed is not None:
            self._bounds.check(self._packed, self._done)
        if self._has_lines:
            self._measure(block)
        if self._record is not None:
            self._measure_record(self._record, block)
        buffer[: len(block)] = block
        return len(block)

    def _look_at_json(self, beginning: bytes) -> None:
        """An array is one line; and what the reader would make of a wider encoding helps nobody."""
        if self._has_lines and beginning.startswith(WIDE_MARKS):
            message = f"{self._bounds.path} holds text that is not UTF-8, but UTF-16 or UTF-32: convert it to UTF-8."
            raise WorldFailure(ErrorCode.INVALID_ENCODING, message)
        if beginning.lstrip(BLANK).startswith(b"["):
            self._has_lines = False

    def _measure(self, block: bytes) -> None:
        """A block is shorter than the longest line, so only one that began before it can be too long."""
        end = block.find(b"\n")
        if self._line_bytes + (len(block) if end < 0 else end) > LONGEST_LINE_BYTES:
            raise self._too_long()
        if end < 0:
            self._line_bytes += len(block)
        else:
            self._lines += block.count(b"\n")
            self._line_bytes = len(block) - block.rfind(b"\n") - 1

    def _measure_record(self, record: "OpenRecord", block: bytes) -> None:
        record.take(block)
        if record.size > LONGEST_LINE_BYTES:
            message = (
                f"{self._bounds.path} has a record of more than {LONGEST_LINE_BYTES:,} bytes, which begins in line "
                f"{record.line:,}: a quote in it is not closed. Repair it, or skip it with onError: SKIP."
            )
            raise WorldFailure(ErrorCode.CORRUPT_DATA, message)

    def _too_long(self) -> WorldFailure:
        message = (
            f"{self._bounds.path} has a line of more than {LONGEST_LINE_BYTES:,} bytes, which is line "
            f"{self._lines + 1:,}: cut it, or skip it with onError: SKIP."
        )
        return WorldFailure(ErrorCode.CORRUPT_DATA, message)

    def close(self) -> None:
        if not self.closed:
            self._plain.close()
        super().close()


def _open_record(bounds: Bounds) -> "OpenRecord | None":
    """Loaded for CSV alone: who only fetches files can do without compiled loops."""
    if not bounds.has_lines or len(bounds.separator) != 1 or len(bounds.quote) != 1:
        return None
    from workers.record_ends import OpenRecord  # noqa: PLC0415  it loads numba

    return OpenRecord(bounds.separator, bounds.quote)
