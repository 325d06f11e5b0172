"""A file that is fetched in chunks, each with a digest in a ledger beside it, so that a killed fetch can go on.

`<target>.part` holds the bytes, `<target>.chunks` one digest a whole chunk, written after the chunk. Neither is
fsynced on the way: after a power cut a chunk that did not reach the disk differs from its digest, and is fetched again.
"""

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Self

from domain.adapters.files import full_storage_is_told, part_of, settle

CHUNK_BYTES = 1024 * 1024
DIGEST_BYTES = 16


def ledger_of(target: Path) -> Path:
    """The name of the digests of the chunks of `target`."""
    return target.with_name(target.name + ".chunks")


class ChunkedFile:
    """The part and the ledger of one target that will have `size` bytes; a context manager.

    `done` counts the bytes that are saved: whole chunks, and the last one, which may be shorter. `advanced`: the last
    block saved more than was ever saved before, also before a restart.
    """

    def __init__(self, target: Path, size: int) -> None:
        self.target, self.size = target, size
        self._most, self.advanced = 0, False
        with full_storage_is_told(target.parent):
            target.parent.mkdir(parents=True, exist_ok=True)
            self._part: BinaryIO = part_of(target).open("wb", buffering=0)
            self._ledger: BinaryIO = ledger_of(target).open("wb", buffering=0)
        self.restart()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._part.close()
        self._ledger.close()

    def restart(self) -> None:
        """Forgets every byte."""
        for file in (self._part, self._ledger):
            file.seek(0)
            file.truncate()
        self.done, self._pending = 0, bytearray()
        self._sha256, self._git = hashlib.sha256(), hashlib.sha1(b"blob %d\0" % self.size, usedforsecurity=False)

    def forget_torn(self) -> None:
        """Drops what came after the last whole chunk."""
        self._pending.clear()

    def add(self, block: bytes) -> int:
        """Takes the next bytes, and saves every chunk that they complete: the bytes saved by that."""
        before, self.advanced = self.done, False
        self._pending += block
        while len(self._pending) >= CHUNK_BYTES or (self._pending and self.received >= self.size):
            with memoryview(self._pending) as pending:
                self._save(bytes(pending[:CHUNK_BYTES]))
            del self._pending[:CHUNK_BYTES]
        return self.done - before

    @property
    def received(self) -> int:
        """Bytes so far, with those of the chunk that is not whole yet."""
        return self.done + len(self._pending)

    @property
    def sha256(self) -> str:
        return self._sha256.hexdigest()

    @property
    def git_oid(self) -> str:
        """Git's name of the content: sha1 over `blob <size>`, a NUL and the bytes."""
        return self._git.hexdigest()

    def finish(self) -> None:
        """Gives the whole file its final name, durably."""
        with full_storage_is_told(self.target.parent):
            os.fsync(self._part.fileno())
            settle(part_of(self.target), self.target)
        ledger_of(self.target).unlink()

    def _save(self, chunk: bytes) -> None:
        with full_storage_is_told(self.target.parent):
            _write_all(self._part, chunk)
            _write_all(self._ledger, _digest(chunk))
        self._sha256.update(chunk)
        self._git.update(chunk)
        self.done += len(chunk)
        if self.done > self._most:
            self._most, self.advanced = self.done, True


def saved_chunks(earlier: Path, start: int) -> Iterator[bytes]:
    """What an earlier fetch left from byte `start` (a chunk's first) on, up to the first chunk that is torn or differs.

    A target that was finished but never reported is read whole: the check of the file at the end covers it.
    """
    if earlier.exists():
        with earlier.open("rb") as file:
            file.seek(start)
            yield from iter(lambda: file.read(CHUNK_BYTES), b"")
    elif part_of(earlier).exists() and ledger_of(earlier).exists():
        with part_of(earlier).open("rb") as part, ledger_of(earlier).open("rb") as ledger:
            part.seek(start)
            ledger.seek(start // CHUNK_BYTES * DIGEST_BYTES)
            while (digest := ledger.read(DIGEST_BYTES)) and digest == _digest(chunk := part.read(CHUNK_BYTES)):
                yield chunk


def discard(target: Path) -> None:
    """Removes a target, its part and its ledger; missing ones are fine."""
    for path in (target, part_of(target), ledger_of(target)):
        path.unlink(missing_ok=True)


def _digest(chunk: bytes) -> bytes:
    return hashlib.blake2b(chunk, digest_size=DIGEST_BYTES).digest()


def _write_all(file: BinaryIO, content: bytes) -> None:
    view = memoryview(content)
    while view:
        view = view[file.write(view) :]
