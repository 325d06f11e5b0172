"""One upload while a request adds to it: nobody else does, and what has come becomes durable every now and then."""

import fcntl
import hashlib
import os
import threading
import time
from dataclasses import dataclass
from hmac import compare_digest
from pathlib import Path
from typing import TYPE_CHECKING

from domain.adapters.files import STORAGE_FULL, sha256_of
from domain.adapters.resumable import CONTENT, DURABLE, durable, too_little_room
from domain.adapters.storage import Room

if TYPE_CHECKING:
    from hashlib import _Hash

KEEP_EVERY_BYTES = 16 << 20
KEEP_EVERY_SECONDS = 5.0
MOST_DIGESTS = 1000
ALGORITHMS = ("sha1", "sha256", "sha512")


class IsWrittenTo(Exception):  # noqa: N818  not a fault
    """Another request adds to the upload."""


class WrongChecksum(Exception):  # noqa: N818  not a fault
    """What came is not what was sent."""


@dataclass(frozen=True, slots=True)
class Checksum:
    """What the bytes of one request must come to, by one of ALGORITHMS."""

    algorithm: str
    digest: bytes


class Digests:
    """How far the sha256 of uploads has come in this process, so that no file is read again that came without a
    break."""

    def __init__(self) -> None:
        self._found: dict[str, tuple[int, _Hash]] = {}

    def take(self, upload_id: str, offset: int) -> "_Hash | None":
        """That of the first `offset` bytes; None: not known here."""
        at, digest = self._found.pop(upload_id, (0, hashlib.sha256()))
        return digest if at == offset else None

    def put(self, upload_id: str, offset: int, digest: "_Hash | None") -> None:
        """For whoever goes on from there."""
        if digest is not None:
            self._found[upload_id] = (offset, digest)
        while len(self._found) > MOST_DIGESTS:  # of uploads that were given up, first
            self._found.pop(next(iter(self._found)))

    def forget(self, upload_id: str) -> None:
        """Nobody will go on."""
        self._found.pop(upload_id, None)


class UploadWriter:
    """Adds to an upload from `offset` on, which is how much of it is durable, and grows.

    With a checksum nothing is kept before `end` has compared it. What is not kept is gone with `close`, or, where
    the process ends before, with the next writer.
    """

    def __init__(self, folder: Path, length: int, room: Room, digests: Digests, checksum: Checksum | None) -> None:
        """FileNotFoundError where the upload has gone, IsWrittenTo."""
        self._folder, self._length, self._room = folder, length, room
        self._digests, self._checksum = digests, checksum
        self._record = os.open(folder / DURABLE, os.O_RDWR)
        try:
            self._lock_record()
            self.offset = self._written = int(os.pread(self._record, 20, 0))
            self._content = os.open(folder / CONTENT, os.O_RDWR)
        except BaseException:
            os.close(self._record)
            raise
        os.ftruncate(self._content, self.offset)
        self._digest = digests.take(folder.name, self.offset)
        self._kept_digest = self._digest.copy() if self._digest else None
        self._compared = hashlib.new(checksum.algorithm) if checksum else None
        self._kept_at = time.monotonic()
        self._is_closed = False
        self._lock = threading.Lock()  # a request may be given up while a thread still works on it

    def write(self, block: bytes) -> None:
        """The next bytes. TooLittleRoom where the disk is full: what came before stays."""
        with self._lock:
            if self._is_closed:
                return
            try:
                _write_all(self._content, block, self._written)
                self._count(block)
                if self._compared is None and self._is_due():
                    self._keep()
            except OSError as error:
                self._give_up(error)

    def end(self) -> None:
        """The request has come whole: what it brought stays. TooLittleRoom; WrongChecksum: nothing of it stays."""
        with self._lock:
            if self._compared is not None:
                assert self._checksum
                if not compare_digest(self._compared.digest(), self._checksum.digest):
                    raise WrongChecksum
            self._compared = None
            try:
                self._keep_new()
            except OSError as error:
                self._give_up(error)

    def close(self) -> None:
        """The request is over: what came stays, unless there was a checksum to compare it with. TooLittleRoom."""
        with self._lock:
            if self._is_closed:
                return
            self._is_closed = True
            try:
                if self._compared is None:
                    self._keep_new()
                os.ftruncate(self._content, self.offset)
            except OSError as error:
                self._give_up(error)
            finally:
                self._digests.put(self._folder.name, self.offset, self._kept_digest)
                os.close(self._content)
                os.close(self._record)

    def _lock_record(self) -> None:
        try:
            fcntl.flock(self._record, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise IsWrittenTo from None
        if not os.fstat(self._record).st_nlink:  # it went while this waited for its turn
            raise FileNotFoundError(self._folder)

    def _count(self, block: bytes) -> None:
        self._written += len(block)
        for digest in (self._digest, self._compared):
            if digest is not None:
                digest.update(block)

    def _is_due(self) -> bool:
        is_much = self._written - self.offset >= KEEP_EVERY_BYTES
        return is_much or time.monotonic() - self._kept_at >= KEEP_EVERY_SECONDS

    def _keep_new(self) -> None:
        if self._written > self.offset:
            self._keep()

    def _keep(self) -> None:
        """Make durable what was written, then say so."""
        os.fsync(self._content)
        os.pwrite(self._record, durable(self._written, self._sha256()), 0)
        os.fsync(self._record)
        self.offset, self._kept_at = self._written, time.monotonic()
        self._kept_digest = self._digest.copy() if self._digest else None

    def _sha256(self) -> str | None:
        if self._written < self._length:
            return None
        return self._digest.hexdigest() if self._digest else sha256_of(self._folder / CONTENT)

    def _give_up(self, error: OSError) -> None:
        """Where there is no room: keep what came whole if that can be, and tell."""
        if error.errno not in STORAGE_FULL:
            raise error
        os.ftruncate(self._content, self._written if self._compared is None else self.offset)
        raise too_little_room(self._length - self.offset, self._room) from error


def _write_all(descriptor: int, block: bytes, place: int) -> None:
    rest = memoryview(block)
    while rest:
        count = os.pwrite(descriptor, rest, place)
        rest, place = rest[count:], place + count
