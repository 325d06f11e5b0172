"""What the log knows of the published folders of a dataset, and what the disk has of it."""

import os
import stat
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from enum import StrEnum
from hashlib import sha256
from pathlib import Path

from domain import events as past
from domain.adapters.files import sha256_of
from domain.adapters.sums import SUMS, names_of, read_sums, told
from domain.damage import Folder, Published, folders_of
from domain.dataset import Dataset
from domain.index_events import IndexCompleted
from domain.log import Recorded
from domain.tokenization_events import ExportCompleted, TokenizationCompleted

DATA_SUFFIX = ".arrow"
# What `datasets` leaves beside the files that it has mapped, for whoever maps over them.
CACHE = "cache-"
PUBLISHING = (past.DownloadCompleted, past.IngestCompleted, TokenizationCompleted, ExportCompleted, IndexCompleted)


class Kind(StrEnum):
    """How a file differs from what the log says."""

    ORPHAN = "ORPHAN"
    MISSING = "MISSING"
    ALTERED = "ALTERED"


@dataclass(frozen=True, slots=True)
class Fault:
    """One file of a folder, by its path below it ("": the folder itself); `reason` goes on a sentence about it."""

    kind: Kind
    name: str
    reason: str


@dataclass(frozen=True, slots=True)
class Told:
    """What events say of a folder: the SHA-256 of its sums (None: it has none), the bytes of its files, and files of
    which size and SHA-256 are told themselves."""

    sums_sha256: str | None = None
    size_bytes: int | None = None
    files: Mapping[str, tuple[int, str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Examined:
    """What was found in a folder, and what it took. `by_size`: no hash of its files is known, or none was looked at."""

    faults: Sequence[Fault] = ()
    files: int = 0
    bytes: int = 0
    by_size: bool = False


def told_folders(state: Dataset, history: Sequence[Recorded]) -> Iterator[tuple[Folder, Told]]:
    """The folders that are read, each with what was told of it when it was published."""
    known = dict(_told(recorded.event) for recorded in history if _is_publishing(recorded.event))
    for folder in folders_of(state):
        yield folder, known[folder.path]


def _is_publishing(event: past.Event) -> bool:
    return isinstance(event, (*PUBLISHING, past.UploadReceived))


def _told(event: past.Event) -> tuple[str, Told]:
    if isinstance(event, past.UploadReceived):
        of_file = (event.source["sizeBytes"], event.source["sha256"])
        return event.folder, Told(files={file["path"]: of_file for file in event.files})
    assert isinstance(event, PUBLISHING), "no other event names a folder"
    files = event.files if isinstance(event, ExportCompleted) else ()
    by_name = {file["name"]: (file["sizeBytes"], file["sha256"]) for file in files}
    return event.folder, Told(event.sums_sha256, event.size_bytes, by_name)


def examine(path: Path, what: Published, told: Told, *, fast: bool) -> Examined:
    """Compare a folder with what is told of it; `fast` looks at names and sizes alone."""
    if not path.is_dir():
        return Examined([Fault(Kind.MISSING, "", "is not there")])
    sums = _sums(path, told)
    if sums is None and told.sums_sha256 is not None:
        return _without_sums(path, told, fast=fast)
    if sums is None and not told.files:
        return _by_size(path, what, told)
    wanted = sums if sums is not None else {name: digest for name, (_, digest) in told.files.items()}
    there = names_of(path)
    strangers = [Fault(Kind.ORPHAN, name, "was not published with its folder") for name in set(there) - set(wanted)]
    found = _of_sizes(path, what, told, wanted) if fast else list(_of_hashes(path, wanted))
    size = sum(_size(path / name) or 0 for name in wanted)
    return Examined(sorted([*found, *strangers], key=lambda fault: fault.name), len(wanted), size, by_size=fast)


def _sums(path: Path, told: Told) -> dict[str, str] | None:
    """The sums that were published; None where there are none, or others."""
    if told.sums_sha256 is None:
        return None
    try:
        content = (path / SUMS).read_bytes()
    except OSError:
        return None
    return read_sums(content) if sha256(content).hexdigest() == told.sums_sha256 else None


def _without_sums(path: Path, told: Told, *, fast: bool) -> Examined:
    """The same files have the same sums, so those that are lost can be told to be whole all the same."""
    kind = Kind.ALTERED if (path / SUMS).exists() else Kind.MISSING
    if fast:
        return Examined([Fault(kind, SUMS, "cannot be relied on: check without --fast")], by_size=True)
    written = sums_of(path)
    size = sum(_size(path / name) or 0 for name in names_of(path))
    if written is not None and sha256(written).hexdigest() == told.sums_sha256:
        return Examined([Fault(kind, SUMS, "is damaged, and all other files are whole")], bytes=size)
    reason = "is damaged, and another file is, too, or is missing or new"
    return Examined([Fault(Kind.ALTERED, "", f"has files that are not what was written: {SUMS} {reason}")], bytes=size)


def sums_of(path: Path) -> bytes | None:
    """The sums of the files that are there; None where one cannot be read."""
    names = names_of(path)
    hashes = dict(zip(names, _hashes([path / name for name in names]), strict=True))
    known = {name: digest for name, digest in hashes.items() if digest is not None}
    return told(known) if len(known) == len(names) else None


def _of_hashes(path: Path, wanted: Mapping[str, str]) -> Iterator[Fault]:
    for (name, digest), found in zip(wanted.items(), _hashes([path / name for name in wanted]), strict=True):
        if not (path / name).is_file():
            yield Fault(Kind.MISSING, name, "is not there")
        elif found is None:
            yield Fault(Kind.ALTERED, name, "cannot be read")
        elif found != digest:
            yield Fault(Kind.ALTERED, name, "has another content than was written")


def _of_sizes(path: Path, what: Published, told: Told, wanted: Mapping[str, str]) -> list[Fault]:
    """A size of each file is known of few folders, of all others the sum."""
    sizes = {name: _size(path / name) for name in wanted}
    missing = [Fault(Kind.MISSING, name, "is not there") for name, size in sizes.items() if size is None]
    if missing:
        return missing
    if told.files:
        pairs = [(name, sizes[name], size) for name, (size, _) in told.files.items() if name in sizes]
        return [Fault(Kind.ALTERED, name, _sizes(now, then)) for name, now, then in pairs if now != then]
    found = sum(size or 0 for size in sizes.values()) + (_size(path / SUMS) or 0)
    earlier = sum(size or 0 for name, size in sizes.items() if _counted_earlier(what, name))
    is_as_told = told.size_bytes in (found, earlier)
    return [] if is_as_told else [Fault(Kind.ALTERED, "", _sizes(found, told.size_bytes))]


def _by_size(path: Path, what: Published, told: Told) -> Examined:
    """One that was published when no sums were written."""
    names = [name for name in names_of(path) if not Path(name).name.startswith(CACHE)]
    size = sum(_size(path / name) or 0 for name in names if _counted_earlier(what, name))
    faults = [] if size == told.size_bytes else [Fault(Kind.ALTERED, "", _sizes(size, told.size_bytes))]
    return Examined(faults, len(names), by_size=True)


def _counted_earlier(what: Published, name: str) -> bool:
    """Events of before told the bytes without the sums, and of data those of the rows alone."""
    return what != Published.DATA or name.endswith(DATA_SUFFIX)


def _sizes(now: int | None, then: int | None) -> str:
    return f"has {now or 0:,} bytes, not the {then or 0:,} that were written"


def _size(path: Path) -> int | None:
    """Of a file that is one."""
    try:
        status = path.lstat()
    except OSError:
        return None
    return status.st_size if stat.S_ISREG(status.st_mode) else None


def _hashes(paths: Sequence[Path]) -> list[str | None]:
    """Half of the cores read and hash: the service may be at work on the others."""
    with ThreadPoolExecutor(max(1, (os.cpu_count() or 1) // 2)) as threads:
        return list(threads.map(_hash, paths))


def _hash(path: Path) -> str | None:
    try:
        return sha256_of(path)
    except OSError:
        return None
