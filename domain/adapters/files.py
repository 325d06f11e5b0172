"""Files that are whole or not there: written beside their name, fsynced, renamed."""

import errno
import hashlib
import os
import shutil
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from itertools import chain
from pathlib import Path
from typing import BinaryIO

from domain.errors import ErrorCode, WorldFailure

LINKS_REFUSED = {errno.EXDEV, errno.EPERM, errno.EMLINK, errno.EOPNOTSUPP, errno.ENOSYS}
STORAGE_FULL = {errno.ENOSPC, errno.EDQUOT}
COPIED_BYTES = 16 << 20  # on the disk before the next
BLOCK_BYTES = 512  # what `st_blocks` counts, whatever the blocks of the file system are


def part_of(target: Path) -> Path:
    """The name under which `target` is written until it is whole."""
    return target.with_name(target.name + ".part")


@contextmanager
def write_atomically(target: Path) -> Generator[BinaryIO]:
    """A binary file that becomes `target` when the block ends; after an error no part is left.

    Makes the parent folder. A full disk is WorldFailure(INSUFFICIENT_STORAGE).
    """
    part = part_of(target)
    with full_storage_is_told(target.parent):
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            with part.open("wb") as file:
                yield file
                file.flush()
                os.fsync(file.fileno())
            settle(part, target)
        except BaseException:
            part.unlink(missing_ok=True)
            raise


def settle(part: Path, target: Path) -> None:
    """Give a part that is already fsynced its final name, durably."""
    part.replace(target)
    fsync_folder(target.parent)


@contextmanager
def full_storage_is_told(folder: Path, needed: int | None = None) -> Generator[None]:
    """Turns "no space left" inside the block into WorldFailure(INSUFFICIENT_STORAGE) with needed and free bytes.

    `needed` bytes were still to be written when the block began; None: not known.
    """
    try:
        yield
    except OSError as error:
        if error.errno not in STORAGE_FULL:
            raise
        free = shutil.disk_usage(folder).free
        wanted = "more" if needed is None else f"{needed:,} bytes more"
        message = f"The disk of {folder} is full: {wanted} needed, {free:,} bytes free. Make room there, then retry."
        raise WorldFailure(ErrorCode.INSUFFICIENT_STORAGE, message) from error


def link_or_copy(source: Path, target: Path) -> None:
    """A hard link, or a copy where the file system refuses one. `publish` makes it durable."""
    for _ in linking(source, target):
        pass


def linking(source: Path, target: Path) -> Generator[None]:
    """`link_or_copy`, with a stop behind each block of a copy, which is on the disk by then."""
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        target.hardlink_to(source)
    except OSError as error:
        if error.errno not in LINKS_REFUSED:
            raise
        yield from _copying(source, target)


def _copying(source: Path, target: Path) -> Generator[None]:
    with full_storage_is_told(target.parent), source.open("rb") as read, target.open("wb") as written:
        while block := read.read(COPIED_BYTES):
            written.write(block)
            written.flush()
            os.fdatasync(written.fileno())
            yield


def publish(build: Path, final: Path) -> None:
    """Give a finished folder its final name, durably: its files and folders, the rename, the parent.

    Both are on one file system. FileExistsError when `final` is there already: final names are unique.
    """
    for _ in publishing(build, final):
        pass


def publishing(build: Path, final: Path) -> Generator[None]:
    """`publish`, with a stop behind each file."""
    if final.exists():
        raise FileExistsError(errno.EEXIST, "a published folder is never replaced", str(final))
    with full_storage_is_told(final.parent):
        yield from _fsyncing(build)
        final.parent.mkdir(parents=True, exist_ok=True)
        build.rename(final)
        fsync_folder(final.parent)


def fsync_tree(folder: Path) -> None:
    """Every file and folder below `folder`, and itself."""
    for _ in _fsyncing(folder):
        pass


def _fsyncing(folder: Path) -> Generator[None]:
    for parent, _, names in os.walk(folder, topdown=False):
        for name in names:
            fsync_file(Path(parent, name))
            yield
        fsync_folder(Path(parent))


def fsync_file(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def fsync_folder(folder: Path) -> None:
    """Makes names that were added to `folder` or taken from it durable."""
    fsync_file(folder)


def sha256_of(path: Path) -> str:
    """64 hex digits over the content, read once in pieces."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def remove_tree(path: Path) -> int:
    """Removes a folder or a file and tells the bytes freed; a missing one frees 0.

    A file that has another hard link outside frees nothing. What a second remover takes first is no error.
    """
    freed = freed_by_removing(path)
    while path.is_dir() and not path.is_symlink():
        with suppress(FileNotFoundError):
            shutil.rmtree(path)
    path.unlink(missing_ok=True)
    return freed


def remove_file_by_file(path: Path) -> Iterator[int]:
    """Removes a folder or a file as `remove_tree` does; gives the bytes of each file once its name is gone."""
    for file in _files(path):
        try:
            size = file.lstat().st_size
            file.unlink()
        except FileNotFoundError:
            continue
        yield size
    remove_tree(path)


def freed_by_removing(*paths: Path) -> int:
    """The bytes that `remove_tree` of all of them would free."""
    return sum(status.st_size for status, links in _inodes(*paths) if links >= status.st_nlink)


def count_files(path: Path) -> int:
    """How many files a folder has, or 1 for a file; a missing path has none."""
    return sum(1 for _ in _files(path)) if path.is_dir() else int(path.exists())


def tree_size(path: Path) -> int:
    """Bytes of the files of a folder, or of one file; several links count once; a missing path is 0."""
    return sum(status.st_size for status, _ in _inodes(path))


def written_size(*paths: Path) -> int:
    """Bytes that folders, or files, take up: a file of several links counts once, a hole is nothing."""
    return sum(taken_up(status) for status, _ in _inodes(*paths))


def written_alone(*paths: Path) -> int:
    """The same without files that have another link elsewhere."""
    return sum(taken_up(status) for status, links in _inodes(*paths) if links >= status.st_nlink)


def written_beside(folder: Path, told: Mapping[Path, int]) -> int:
    """Bytes that a folder takes up where those of some folders in it are `told`: into these nobody looks, and what they
    share with others counts twice."""
    met: list[int] = []

    def beside() -> Iterator[Path]:
        for parent, inner, names in os.walk(folder):
            known = [name for name in inner if Path(parent, name) in told]
            met.extend(told[Path(parent, name)] for name in known)
            inner[:] = set(inner).difference(known)
            yield from (Path(parent, name) for name in names)

    return sum(taken_up(status) for status, _ in _inodes_of(beside())) + sum(met)


def taken_up(status: os.stat_result) -> int:
    """The bytes of a file without its holes."""
    return min(status.st_size, status.st_blocks * BLOCK_BYTES)


def _inodes(*paths: Path) -> Iterator[tuple[os.stat_result, int]]:
    """Each file below the paths once, with how many of its links lie there."""
    return _inodes_of(chain.from_iterable(map(_files, paths)))


def _inodes_of(files: Iterable[Path]) -> Iterator[tuple[os.stat_result, int]]:
    """Each file once, with how many of its links are among them. Links may go meanwhile: one that was found and is gone
    is still among those, one that went before it was found is not among those of the status."""
    found: dict[tuple[int, int], tuple[Path, os.stat_result, int]] = {}
    for file in files:
        try:
            status = file.lstat()
        except FileNotFoundError:
            continue
        key = (status.st_dev, status.st_ino)
        found[key] = (file, status, found[key][2] + 1 if key in found else 1)
    for file, before, links in found.values():
        status = before
        if links < before.st_nlink:
            with suppress(FileNotFoundError):
                status = file.lstat()
        yield status, links


def named(pattern: Path) -> list[Path]:
    """What is there by a name in which each `*` stands for anything.

    As `glob` has it, but without a regular expression: those are kept, by Python 3.12 some 30,000 of them, and a job's
    id is in the name of all that it writes.
    """
    first, *others = pattern.name.split("*")
    if not others:
        return [pattern]
    with suppress(FileNotFoundError):
        return [path for path in pattern.parent.iterdir() if _is_like(path.name, first, others)]
    return []


def _is_like(name: str, first: str, others: Sequence[str]) -> bool:
    if not name.startswith(first):
        return False
    place = len(first)
    for word in others[:-1]:
        found = name.find(word, place)
        if found < 0:
            return False
        place = found + len(word)
    return name.endswith(others[-1], place)


def _files(path: Path) -> Iterator[Path]:
    if path.is_symlink() or not path.is_dir():
        yield path
        return
    for parent, _, names in os.walk(path):
        yield from (Path(parent, name) for name in names)
