"""Files that are sent here over as many requests as it takes: each has a folder of its own below the storage, with what
has come of it, what its sender told of it, and how much of it is durable.

Nothing of them is kept elsewhere but what room they were promised, so a process that ends in the middle of one costs
what was not durable yet.
"""

import fcntl
import hashlib
import os
import re
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import orjson

from domain.adapters.files import STORAGE_FULL, fsync_file, fsync_folder, remove_tree
from domain.adapters.folders import UPLOADS
from domain.adapters.opened import Adapters
from domain.adapters.peaks import uploading_bytes
from domain.adapters.reservations import Need, Reservations, upload_holder
from domain.adapters.storage import Room, TooLittleRoom, room_of
from domain.adapters.sweeping import sweep_each
from domain.adapters.upload_formats import format_of, named_format
from domain.adapters.uploads import UploadedFile, is_left

CONTENT, TOLD, DURABLE = "content", "told.json", "durable"
ID = re.compile(r"[0-9a-f]{32}")
SECONDS_OF_AN_HOUR = 3600


class TooManyUploads(Exception):  # noqa: N818  not a fault
    """As many are open as may be."""


@dataclass(frozen=True, slots=True, repr=False)
class Upload:
    """One upload as it stands. The first `offset` of its `length` bytes are durable; `sha256` is that of a whole one.
    `metadata` is what its sender told, as it was sent, and `name` the file's name out of it. Without another byte it
    is given up at `expires` (Unix time)."""

    id: str
    name: str
    metadata: str
    length: int
    offset: int
    sha256: str | None
    expires: float

    @property
    def is_whole(self) -> bool:
        """Whether all of it has come."""
        return self.sha256 is not None


class ResumableUploads:
    """The uploads below a storage; safe for use by many threads and processes."""

    def __init__(self, storage: Path, room: Room, promises: Reservations, hours: int, most_open: int) -> None:
        """`hours` without another byte after which one is given up; at most `most_open` at once."""
        self._root = storage / UPLOADS
        self._room = room
        self._promises = promises
        self._seconds = hours * SECONDS_OF_AN_HOUR
        self._most_open = most_open

    def folder(self, upload_id: str) -> Path:
        """Where an upload is, if it is."""
        return self._root / upload_id

    def create(self, length: int, name: str, metadata: str) -> Upload:
        """A new one, of which nothing has come, and which is promised its room. TooLittleRoom, also where what its
        ingest needs by its name would not fit beside it; TooManyUploads."""
        upload_id = secrets.token_hex(16)
        with self._alone():
            if len(self._ids()) >= self._most_open:
                raise TooManyUploads
            self._require_ingest(length, name)
            self._promise(upload_id, length)
            try:
                self._write_new(upload_id, length, {"length": length, "name": name, "metadata": metadata})
            except OSError as error:
                self.remove(upload_id)
                if error.errno in STORAGE_FULL:
                    raise too_little_room(length, self._room) from error
                raise
        created = self.find(upload_id)
        assert created, "it was just made"
        return created

    def go_on(self, upload: Upload) -> None:
        """It is sent on: what it was promised holds on. TooLittleRoom where that was forgotten, and is no more."""
        if not self._promises.renew(upload_holder(upload.id).id, self._seconds):
            self._promise(upload.id, upload.length)

    def find(self, upload_id: str) -> Upload | None:
        """The upload; None where there is none, or it was given up."""
        upload = self._read(upload_id)
        return upload if upload and upload.expires > time.time() else None

    def remove(self, upload_id: str) -> None:
        """It is gone, and so is its room; a dataset that has its file keeps it."""
        if ID.fullmatch(upload_id):
            remove_tree(self.folder(upload_id))
            self._promises.release(upload_holder(upload_id).id)

    def sweep(self) -> None:
        """Removes those that were given up, unless somebody writes to one."""
        sweep_each(map(self.folder, self._ids()), lambda folder: self._remove_old(folder.name))

    @contextmanager
    def as_file(self, upload: Upload) -> Iterator[UploadedFile]:
        """A whole upload as a file that was sent, while the block lasts; FileNotFoundError where it has gone."""
        assert upload.sha256, "the caller looked"
        path = self.folder(upload.id) / CONTENT
        with path.open("rb") as content:
            fcntl.flock(content, fcntl.LOCK_SH)  # what is held is not taken for what a dead process left
            kind = format_of(path, upload.name)
            yield UploadedFile(path, upload.name, upload.length, upload.sha256, kind, None)

    def _read(self, upload_id: str) -> Upload | None:
        """None also of one whose creation was cut."""
        if not ID.fullmatch(upload_id):
            return None
        folder = self.folder(upload_id)
        try:
            told = orjson.loads((folder / TOLD).read_bytes())
            offset, *sha256 = (folder / DURABLE).read_text().split()
            expires = (folder / DURABLE).stat().st_mtime + self._seconds
        except (FileNotFoundError, NotADirectoryError, ValueError):
            return None
        return Upload(upload_id, offset=int(offset), sha256=sha256[0] if sha256 else None, expires=expires, **told)

    def _ids(self) -> list[str]:
        return [path.name for path in self._root.glob("*") if ID.fullmatch(path.name)]

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """One creation at a time, of all processes of this machine: no more are open than may be."""
        self._root.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(self._root, os.O_RDONLY)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)

    def _require_ingest(self, length: int, name: str) -> None:
        """It is promised when it is asked for; what would never fit is not sent in vain."""
        needed = uploading_bytes(named_format(name), length)
        need = Need(needed, "This upload, with what is made of it,", "send it in parts")
        self._promises.require(need, self._room)

    def _promise(self, upload_id: str, length: int) -> None:
        need = Need(length, "This upload", "end other uploads")
        self._promises.reserve(upload_holder(upload_id), need, self._room, self._seconds)

    def _write_new(self, upload_id: str, length: int, told: dict[str, object]) -> None:
        folder = self.folder(upload_id)
        folder.mkdir()
        (folder / TOLD).write_bytes(orjson.dumps(told))
        (folder / CONTENT).touch()
        (folder / DURABLE).write_bytes(durable(0, None if length else hashlib.sha256().hexdigest()))
        for name in (TOLD, CONTENT, DURABLE):
            fsync_file(folder / name)
        fsync_folder(folder)
        fsync_folder(self._root)

    def _remove_old(self, upload_id: str) -> None:
        """Also one whose creation was cut."""
        upload = self._read(upload_id)
        with suppress(FileNotFoundError):
            touched = upload.expires if upload else self.folder(upload_id).stat().st_mtime + self._seconds
            if touched <= time.time() and not self._is_written_to(upload_id):
                self.remove(upload_id)

    def _is_written_to(self, upload_id: str) -> bool:
        path = self.folder(upload_id) / DURABLE
        return path.exists() and not is_left(path)


def uploads_of(adapters: Adapters) -> ResumableUploads:
    """The uploads below the storage."""
    settings = adapters.settings
    return ResumableUploads(
        adapters.storage, room_of(settings), adapters.reservations, settings.upload_hours, settings.max_uploads
    )


def too_little_room(needed: int, room: Room) -> TooLittleRoom:
    """For a disk that is full although there was room."""
    return TooLittleRoom("The rest of this upload", "end other uploads", needed, room.free())


def durable(offset: int, sha256: str | None) -> bytes:
    """The record of how much of an upload is durable, and of what the whole is: always as long, so that it is written
    over in one piece."""
    return f"{offset:020d} {sha256 or '':64}\n".encode()
