"""A file that is fetched in chunks, in any order, each with a checksum in a ledger beside it: a killed fetch goes on.

`<target>.part` holds the bytes, each chunk at its place; `<target>.chunks` which content they are of (a digest of the
ETags) and then one checksum a chunk, written after the chunk, zero where there is none. Neither waits for the disk:
after a power cut a chunk that did not reach the disk differs from its checksum, and is fetched again. A checksum says
no more than that; the digest of the whole file is what convinces. Chunks are small, so that the unfinished ones of
several streams, which a kill loses, are 1 MiB together.
"""

import hashlib
import os
import threading
import zlib
from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import Self

from domain.adapters.files import full_storage_is_told, part_of, settle

CHUNK_BYTES = 256 * 1024
IDENTITY_BYTES = 16
CHECKSUM_BYTES = 4
HASHED_AT_ONCE = 16
MOST_PARTS = os.sysconf("SC_IOV_MAX")  # that the kernel writes at once
FLUSHED_AT_ONCE_BYTES = 32 * 1024 * 1024

Ranges = Sequence[tuple[int, int]]


def ledger_of(target: Path) -> Path:
    """The name of the checksums of the chunks of `target`."""
    return target.with_name(target.name + ".chunks")


class ChunkedFile:
    """The part and the ledger of one target of `size` bytes; a context manager. Chunks may come from several threads.

    `ranges` (first byte, byte after the last): what is wanted of the file, in whole chunks; the rest stays a hole.
    `done` of `wanted` bytes are saved. `as_git`: git's name of the content is asked for at the end. `restarted`: chunks
    were dropped because the file at the Hub changed.
    """

    def __init__(self, target: Path, size: int, ranges: Ranges | None = None, *, as_git: bool = False) -> None:
        self.target, self.size = target, size
        self._as_git = as_git
        self._ranges: Ranges = [(0, size)] if ranges is None else ranges
        self._lock = threading.Lock()
        self.restarted = False
        flags = os.O_RDWR | os.O_CREAT | os.O_TRUNC
        with full_storage_is_told(target.parent):
            target.parent.mkdir(parents=True, exist_ok=True)
            self._part = os.open(part_of(target), flags, 0o666)
            self._ledger = os.open(ledger_of(target), flags, 0o666)
        self._begin()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._part)
        os.close(self._ledger)

    def _begin(self) -> None:
        self._identity: bytes | None = None
        self._missing = bytearray(-(-self.size // CHUNK_BYTES))
        for start, stop in self._ranges:
            for index in range(start // CHUNK_BYTES, -(-min(stop, self.size) // CHUNK_BYTES)):
                self._missing[index] = 1
        self.is_whole = all(self._missing)
        self.wanted = sum(self.length(index) for index, missing in enumerate(self._missing) if missing)
        self.done, self._hashed, self._flushed = 0, 0, 0
        self._sha256, self._git = hashlib.sha256(), hashlib.sha1(b"blob %d\0" % self.size, usedforsecurity=False)

    def restart(self) -> None:
        """Forgets every byte: the next ones are of another content. No thread writes meanwhile."""
        self.restarted = self.restarted or self.done > 0
        os.ftruncate(self._part, 0)
        os.ftruncate(self._ledger, 0)
        self._begin()

    def cut(self, size: int) -> None:
        """Nothing behind byte `size` is wanted any more; what is before it may still be saved."""
        self.size = size
        del self._missing[-(-size // CHUNK_BYTES) :]

    def is_of(self, identity: str) -> bool:
        """Whether bytes of the content so named belong to those saved so far; the first name is the file's."""
        digest = hashlib.blake2b(identity.encode(), digest_size=IDENTITY_BYTES).digest()
        with self._lock:
            if self._identity is None:
                self._identify(digest)
            return self._identity == digest

    def length(self, index: int) -> int:
        """Bytes of a chunk: the last one may be shorter, 0 past it."""
        return max(0, min(CHUNK_BYTES, self.size - index * CHUNK_BYTES))

    def missing(self) -> list[tuple[int, int]]:
        """What is still to be fetched, as ranges that begin where a chunk does."""
        found, index = [], 0
        for missing, run in groupby(self._missing):
            start, index = index, index + sum(1 for _ in run)
            if missing:
                found.append((start * CHUNK_BYTES, min(index * CHUNK_BYTES, self.size)))
        return found

    def save(self, index: int, parts: Sequence[bytes | memoryview], checksum: int) -> None:
        """Saves a chunk, unless it is there or not wanted. `checksum`: its crc32."""
        if not self._missing[index]:
            return
        with full_storage_is_told(self.target.parent, self.wanted - self.done):
            _write_all(self._part, parts, index * CHUNK_BYTES)
            _write_all(self._ledger, [checksum.to_bytes(CHECKSUM_BYTES, "little")], _slot(index))
        with self._lock:
            self.done += self.length(index) * self._missing[index]
            self._missing[index] = 0

    def adopt(self, earlier: Path) -> Iterator[int]:
        """Copies what an earlier fetch saved of the same content, chunk by chunk; yields their places.

        A target that was finished but never reported has no ledger any more: it is taken whole, and the check of the
        file at the end covers it.
        """
        if earlier.exists() and earlier.stat().st_size == self.size:
            with earlier.open("rb") as file:
                yield from self._copy(file.fileno(), None)
        elif part_of(earlier).exists() and ledger_of(earlier).exists():
            with part_of(earlier).open("rb") as part, ledger_of(earlier).open("rb") as ledger:
                identity = ledger.read(IDENTITY_BYTES)
                if self._identity is None and len(identity) == IDENTITY_BYTES:
                    self._identify(identity)
                if self._identity == identity:
                    yield from self._copy(part.fileno(), ledger.fileno())
            if not self.done:
                self._identity = None

    def _copy(self, part: int, ledger: int | None) -> Iterator[int]:
        for index in [index for index, missing in enumerate(self._missing) if missing]:
            told = None if ledger is None else os.pread(ledger, CHECKSUM_BYTES, _slot(index))
            if told == bytes(CHECKSUM_BYTES):
                continue
            chunk = os.pread(part, self.length(index), index * CHUNK_BYTES)
            checksum = zlib.crc32(chunk)
            if len(chunk) == self.length(index) and told in (None, checksum.to_bytes(CHECKSUM_BYTES, "little")):
                self.save(index, [chunk], checksum)
                yield index

    def hash_some(self) -> bool:
        """Takes a few chunks more into the digests, in order; False where the next is not there yet, or none is left.

        They are read back from the file, which costs less than to keep them in memory until their turn.
        """
        stop = min(self._hashed + HASHED_AT_ONCE, len(self._missing))
        before = self._hashed
        while self.is_whole and self._hashed < stop and not self._missing[self._hashed]:
            chunk = os.pread(self._part, CHUNK_BYTES, self._hashed * CHUNK_BYTES)
            self._sha256.update(chunk)
            if self._as_git:
                self._git.update(chunk)
            self._hashed += 1
        return self._hashed > before

    def flush_some(self) -> None:
        """Writes out what came since the last time, when it is much: so the flush at the end is short."""
        if self.done - self._flushed >= FLUSHED_AT_ONCE_BYTES:
            self._flushed = self.done
            with full_storage_is_told(self.target.parent):
                os.fdatasync(self._part)

    @property
    def sha256(self) -> str:
        """Of the whole file, once all of it is hashed."""
        assert self._hashed == len(self._missing)
        return self._sha256.hexdigest()

    @property
    def git_oid(self) -> str:
        """Git's name of the content: sha1 over `blob <size>`, a NUL and the bytes."""
        assert self._as_git
        assert self._hashed == len(self._missing)
        return self._git.hexdigest()

    def finish(self) -> None:
        """Gives the file its final name, durably."""
        with full_storage_is_told(self.target.parent):
            os.ftruncate(self._part, self.size)
            os.fsync(self._part)
            settle(part_of(self.target), self.target)
        ledger_of(self.target).unlink()

    def _identify(self, digest: bytes) -> None:
        self._identity = digest
        with full_storage_is_told(self.target.parent):
            _write_all(self._ledger, [digest], 0)


class ChunkWriter:
    """Cuts a stream of blocks into the chunks of a file. `position`: the first byte that is not saved yet."""

    def __init__(self, file: ChunkedFile, start: int) -> None:
        self.position = start
        self._file = file
        self._begin()

    def _begin(self) -> None:
        self._parts: list[memoryview] = []
        self._held, self._checksum = 0, 0

    def add(self, block: bytes | memoryview) -> int:
        """Takes the next bytes and saves every chunk that they complete: how many bytes lie past the file's end."""
        left = memoryview(block)
        while left:
            index = self.position // CHUNK_BYTES
            length = self._file.length(index)
            if not length:
                return len(left)
            part, left = left[: length - self._held], left[length - self._held :]
            self._checksum = zlib.crc32(part, self._checksum)
            self._parts.append(part)
            self._held += len(part)
            if self._held == length:
                self._file.save(index, self._parts, self._checksum)
                self.position += length
                self._begin()
        return 0

    def cut(self) -> None:
        """The file ends with the bytes so far: the chunk that they began is saved as its last."""
        self._file.cut(self.position + self._held)
        if self._held:
            self._file.save(self.position // CHUNK_BYTES, self._parts, self._checksum)
            self.position += self._held
            self._begin()


def discard(target: Path) -> None:
    """Removes a target, its part and its ledger; missing ones are fine."""
    for path in (target, part_of(target), ledger_of(target)):
        path.unlink(missing_ok=True)


def _slot(index: int) -> int:
    return IDENTITY_BYTES + index * CHECKSUM_BYTES


def _write_all(file: int, parts: Sequence[bytes | memoryview], offset: int) -> None:
    written, whole = os.pwritev(file, parts[:MOST_PARTS], offset), sum(map(len, parts))
    while written < whole:
        written += os.pwrite(file, b"".join(parts)[written:], offset + written)
