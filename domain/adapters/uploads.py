"""Files that are sent here: written below the storage as they come, hashed on the way, and gone with their request
unless a dataset is made of them.

Whoever writes or reads one holds a lock on it, which the kernel lets go of with the process: what nobody holds, and no
dataset has, was left by a process that is no more. On a network mount a shared lock needs a file that is open for
reading, an exclusive one a file that is open for writing.
"""

import fcntl
import hashlib
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID, uuid4

from domain.adapters.files import STORAGE_FULL, fsync_file, fsync_folder, fsync_tree, link_or_copy, remove_tree
from domain.adapters.folders import INCOMING
from domain.adapters.reservations import Need, Reservations, incoming_holder
from domain.adapters.storage import Room, TooLittleRoom
from domain.adapters.sweeping import sweep_each
from domain.adapters.upload_formats import format_of
from domain.dataset import stream_of
from domain.events import UploadReceived
from domain.log import EventLog

NAME_BYTES = 200  # of 255 that a file's name may have; a suffix is added to some
NAME_END_BYTES = 40  # what a name that is too long keeps of its end, for the sake of its suffix
NOT_IN_NAME = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffd]")
UNNAMED = "upload"
# So long the promise of a file outlives a process that ended in the middle of it.
PROMISED_SECONDS = 3600.0


@dataclass(frozen=True, slots=True)
class Shortage:
    """Bytes that a file needs, and that are free for the storage."""

    needed: int
    free: int


@dataclass(frozen=True, slots=True, repr=False)
class UploadedFile:
    """A file that has come whole. `name` is what its sender calls it, as far as that is a name; `format` as
    `format_of` tells it. With a `shortage` there was no room for it, and nothing is at `path`."""

    path: Path
    name: str
    size: int
    sha256: str
    format: str
    shortage: Shortage | None

    @property
    def stored_name(self) -> str:
        """Its name in the storage, whose suffix is that of its format."""
        return with_suffix(self.name, self.format)

    def told(self) -> dict[str, str | int]:
        """What makes it the same file as another one, as plain JSON."""
        return {"fileName": self.name, "sizeBytes": self.size, "sha256": self.sha256}


class IncomingFile:
    """One file while it comes in, and until its request is over."""

    def __init__(
        self, storage: Path, room: Room, name: str, expected_bytes: int, promises: Reservations | None = None
    ) -> None:
        """`expected_bytes`: no file that is larger can follow. They are promised until the file has come; without
        `promises` it is only looked whether they fit."""
        self._path = storage / INCOMING / uuid4().hex
        self._room = room
        self._name = clean_name(name)
        self._expected, self._size = expected_bytes, 0
        self._digest = hashlib.sha256()
        self._promises, self._holder = promises, incoming_holder(self._path.name)
        self._shortage = self._reserve()
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._file = self._path.open("x+b", buffering=0)
        fcntl.flock(self._file, fcntl.LOCK_SH)

    def write(self, block: bytes) -> None:
        """The next bytes. Where there is no room for them they are only counted."""
        self._size += len(block)
        with self._fullness_is_noted():
            if self._shortage is None:
                self._digest.update(block)
                rest = memoryview(block)
                while rest:
                    rest = rest[self._file.write(rest) :]

    def end(self) -> UploadedFile:
        """The whole file, flushed to the disk."""
        with self._fullness_is_noted():
            fsync_file(self._path)
        self._release()
        told = format_of(self._path, self._name)
        return UploadedFile(self._path, self._name, self._size, self._digest.hexdigest(), told, self._shortage)

    def close(self) -> None:
        """The request is over: what a dataset has stays there, under its name in the dataset's folder."""
        self._path.unlink(missing_ok=True)
        self._file.close()
        self._release()

    def _reserve(self) -> Shortage | None:
        need = Need(self._expected, "This file", "send less")
        try:
            if self._promises is None:
                self._room.require(need.bytes, need.what, need.less)
            else:
                self._promises.reserve(self._holder, need, self._room, PROMISED_SECONDS)
        except TooLittleRoom as full:
            return Shortage(full.needed, full.free)
        return None

    def _release(self) -> None:
        if self._promises is not None:
            self._promises.release(self._holder.id)

    @contextmanager
    def _fullness_is_noted(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            if error.errno not in STORAGE_FULL:
                raise
            self._file.truncate(0)
            self._shortage = Shortage(max(self._expected, self._size), self._room.free())


def clean_name(name: str) -> str:
    """What can be a file's name out of whatever was sent as one: without folders, without what cannot be written."""
    base = re.split(r"[/\\]", NOT_IN_NAME.sub("", name))[-1].strip().lstrip(". ")
    written = base.encode()
    if len(written) > NAME_BYTES:
        front, end = written[: NAME_BYTES - NAME_END_BYTES], written[-NAME_END_BYTES:]
        base = front.decode(errors="ignore") + end.decode(errors="ignore")
    return base or UNNAMED


def with_suffix(name: str, format: str) -> str:
    """The name under which a file in a format is stored, so that its suffix tells how it is read."""
    suffix = "." + format
    return (name[: -len(suffix)] if name.lower().endswith(suffix) else name) + suffix


def publish_upload(upload: UploadedFile, folder: Path) -> None:
    """Puts the file into `folder`, which is new and below its dataset's, durably; INSUFFICIENT_STORAGE where a copy
    has to be made that finds no room."""
    link_or_copy(upload.path, folder / upload.stored_name)
    fsync_tree(folder.parent)
    fsync_folder(folder.parent.parent)


def withdraw_upload(folder: Path) -> None:
    """Takes back what `publish_upload` has done."""
    remove_tree(folder)
    if folder.parent.is_dir() and not any(folder.parent.iterdir()):
        folder.parent.rmdir()


def withdraw_others(folder: Path) -> None:
    """Takes back what earlier requests for the same dataset have published and could not see through, now that
    `folder` is the one that its event names."""

    def withdraw(other: Path) -> None:
        if other != folder and _is_all_left(other):
            withdraw_upload(other)

    sweep_each(folder.parent.glob("upload-*"), withdraw)


Named = Callable[[str], str | None]
"""The folder, relative to the storage, that the dataset of an id was made of; None where there is no such dataset."""


def folder_of(log: EventLog, dataset_id: str) -> str | None:
    """As Named, by the log; None also of a dataset that came otherwise."""
    history = log.read(stream_of(dataset_id))
    received = history[0].event if history else None
    return received.folder if isinstance(received, UploadReceived) else None


def sweep_uploads(storage: Path, named: Named) -> None:
    """Removes what was left by processes that ended in the middle of a request."""

    def sweep_incoming(path: Path) -> None:
        if is_left(path):
            path.unlink(missing_ok=True)

    sweep_each((storage / INCOMING).glob("*"), sweep_incoming)
    sweep_published(storage, storage.glob("datasets/*/upload-*"), named)


def sweep_published(storage: Path, folders: Iterable[Path], named: Named) -> None:
    """Removes those of the folders of uploads of which no dataset was made, and that no request is about."""

    def sweep(folder: Path) -> None:
        name = folder.parent.name
        if _is_id(name) and _is_all_left(folder) and named(name) != str(folder.relative_to(storage)):
            withdraw_upload(folder)

    sweep_each(folders, sweep)


def _is_all_left(folder: Path) -> bool:
    """An empty one is about to get its file."""
    files = list(folder.glob("*"))
    return bool(files) and all(map(is_left, files))


def is_left(path: Path) -> bool:
    """Whether no process holds the file. What went since it was listed is not left, nor is what we may not write to."""
    try:
        with path.open("r+b") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, FileNotFoundError, PermissionError):
        return False
    return True


def _is_id(name: str) -> bool:
    try:
        return str(UUID(name)) == name
    except ValueError:
        return False
