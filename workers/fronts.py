"""The front of a file at the Hub as a stream: read on as far as needed, what was read is kept; and its plain text."""

import io
from collections.abc import Iterator
from enum import Enum
from pathlib import Path
from typing import Any

import pyarrow as pa

from domain.adapters.files import part_of
from domain.errors import ErrorCode, WorldFailure
from workers.chunks import CHUNK_BYTES, ChunkedFile, ChunkWriter, discard
from workers.hub_files import Body, HubFile
from workers.hub_refusals import later
from workers.ranges import blocks_of
from workers.steps import Step
from workers.streams import Mismatch

# What is asked for at once: little at first, then what the rows so far make likely, within these bounds.
LEAST_BYTES = 64 * 1024
MOST_BYTES = 8 << 20
MORE_THAN_LIKELY = 1.1
TEXT_BYTES = 64 * 1024


class Packed(Enum):
    """How a file is packed: in a way that can be cut and packed again (a codec of Arrow), in another way, or not."""

    NOT = None
    GZIP = "gzip"
    ZSTD = "zstd"
    OTHERWISE = "otherwise"


# By the first bytes, as `datasets` tells them: gzip, zstd; xz, bz2, zip, lz4.
MAGIC = {
    b"\x1f\x8b": Packed.GZIP,
    b"\x28\xb5\x2f\xfd": Packed.ZSTD,
    **dict.fromkeys((b"\xfd7zXZ\x00", b"BZh", b"PK\x03\x04", b"\x04\x22\x4d\x18"), Packed.OTHERWISE),
}
LONGEST_MAGIC = max(map(len, MAGIC))


class Front(io.RawIOBase):
    """The bytes that `file` wants of the front of `remote`, which has `size`: those that are saved already, then those
    that the Hub sends, which are saved. `wanted` bytes are asked for at once."""

    def __init__(self, remote: HubFile, size: int, file: ChunkedFile) -> None:
        super().__init__()
        self.file, self.wanted, self.received = file, LEAST_BYTES, 0
        self._remote, self._size = remote, size
        missing = file.missing()
        self._writer = ChunkWriter(file, missing[0][0] if missing else file.size)
        self._blocks = self._read()
        self._ready = b""
        self._told = file.done

    @property
    def at_end(self) -> bool:
        return self.received >= self.file.size and not self._ready

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        self._ready = self._ready or next(self._blocks, b"")
        taken = self._ready[: len(buffer)]
        buffer[: len(taken)] = taken
        self._ready = self._ready[len(taken) :]
        return len(taken)

    def first(self, count: int) -> bytes:
        """The next bytes, which stay unread; fewer at the end."""
        while len(self._ready) < count and (block := next(self._blocks, b"")):
            self._ready += block
        return self._ready[:count]

    def expect(self, rows: int, wanted_rows: int | None) -> None:
        """Ask for as much as the rows so far make likely; for all that is left where every row is wanted."""
        if wanted_rows is None:
            self.wanted = self.file.size
            return
        left = (wanted_rows - rows) * self.received / rows if rows else self.received
        self.wanted = min(MOST_BYTES, int(left * MORE_THAN_LIKELY))

    def step(self, total: int | None) -> Step:
        """How far it has come, and whether more is saved than when this was asked before."""
        saved, self._told = self.file.done > self._told, self.file.done
        return Step(self.received, total, "BYTES", committed=saved)

    def cut(self) -> None:
        """Nothing more is asked for: the file ends with what was received."""
        self._writer.cut()

    def _read(self) -> Iterator[bytes]:
        saved = self._writer.position
        with part_of(self.file.target).open("rb") as part:
            while self.received < saved:
                block = part.read(min(saved - self.received, CHUNK_BYTES))
                self.received += len(block)
                yield block
        while (start := self.received) < self.file.size:
            yield from self._fetch(start, min(self.file.size, start + max(self.wanted, LEAST_BYTES)))
            if self.received == start:
                raise later(ErrorCode.HUB_UNAVAILABLE, f"The Hub sent less of {self._remote.path} than it has: retry.")

    def _fetch(self, start: int, stop: int) -> Iterator[bytes]:
        asked = () if (start, stop) == (0, self._size) else (start, stop)
        with self._remote.read(*asked) as body:
            self._check(body)
            for block in blocks_of(body, start, stop):
                self._writer.add(block)
                self.received += len(block)
                yield block

    def _check(self, body: Body) -> None:
        """One file cannot mix two contents."""
        if body.total not in (None, self._size):
            discard(self.file.target)
            raise Mismatch(self._remote.path)
        if not self.file.is_of(body.identity):
            discard(self.file.target)
            message = f"{self._remote.path} changed at the Hub while it was fetched: it will be fetched anew."
            raise WorldFailure(ErrorCode.HUB_UNAVAILABLE, message, retryable=True, discarded=True)


def packing_of(beginning: bytes) -> Packed:
    """How a file that begins so is packed."""
    return next((packing for magic, packing in MAGIC.items() if beginning.startswith(magic)), Packed.NOT)


def text_of(front: Front, packing: Packed) -> Iterator[bytes]:
    """The plain bytes, block by block. A packed file may break off where the front ends."""
    if packing == Packed.NOT:
        yield from iter(lambda: front.read(TEXT_BYTES) or b"", b"")
        return
    unpacked = pa.CompressedInputStream(pa.PythonFile(front, mode="r"), packing.value)
    while True:
        try:
            block = unpacked.read(TEXT_BYTES)
        except OSError:
            if not front.at_end:
                raise
            return
        if not block:
            return
        yield block


def packed(path: Path, packing: Packed, length: int) -> Iterator[bytes]:
    """The first `length` plain bytes of a packed file, packed again in members that stand behind one another."""
    packer = pa.Codec(packing.value)
    with pa.OSFile(str(path)) as file, pa.CompressedInputStream(file, packing.value) as unpacked:
        while length and (block := unpacked.read(min(length, CHUNK_BYTES))):
            length -= len(block)
            yield packer.compress(block, asbytes=True)
