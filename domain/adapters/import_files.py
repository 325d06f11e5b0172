"""Files of this machine that may be imported: those below one folder, reached without a link.

Each part of a path is opened by itself in the folder that was opened before it, looked at, and only then read, as what
was looked at: what is exchanged in between is never followed.
"""

import os
import re
import stat
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from domain.errors import ErrorCode

MOST_PATH_BYTES = 1024
MOST_FILES = 1000  # of a folder
DEEPEST = 20  # folders in each other
KINDS: Mapping[int, str] = {
    stat.S_IFLNK: "a link",
    stat.S_IFIFO: "a pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}
NOT_IN_PATH = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")
READ = os.O_RDONLY | os.O_CLOEXEC


class NotImportable(Exception):  # noqa: N818  what happened, not a fault
    """Nothing is imported; the message says why, and what to do."""

    def __init__(self, message: str, code: ErrorCode = ErrorCode.INVALID_INPUT) -> None:
        super().__init__(message)
        self.message = message
        self.code = code


def below(root: Path, path: str) -> str:
    """A path as one below the root, "." for the root itself. An absolute one must lie there. Raises NotImportable."""
    pure = PurePosixPath(path)
    if not path or NOT_IN_PATH.search(path) or len(path.encode()) > MOST_PATH_BYTES:
        raise NotImportable(f"A path has from 1 to {MOST_PATH_BYTES:,} bytes, without control characters.")
    if ".." in pure.parts:
        raise NotImportable("A path leads down from the folder of MISTUDIO_IMPORTS: name it without `..`.")
    if not pure.is_absolute():
        return str(pure)
    for base in (root, root.resolve()):
        if pure.is_relative_to(base):
            return str(pure.relative_to(base))
    raise NotImportable("This path is not below the folder of MISTUDIO_IMPORTS: put the files there, then name them.")


@contextmanager
def open_import(root: Path, path: str) -> Iterator[BinaryIO]:
    """The file at a path that `below` gave, open for reading. Raises NotImportable."""
    with _opened(root, path) as (descriptor, status):
        if not stat.S_ISREG(status.st_mode):
            raise NotImportable(f"{path} is no file any more: import it again.")
        with os.fdopen(os.dup(descriptor), "rb", buffering=0) as file:
            yield file


def list_imports(root: Path, path: str) -> list[tuple[str, int]]:
    """The files at a path that `below` gave, itself or all that are in the folder but hidden ones: each with its bytes,
    in the order of their names. Raises NotImportable."""
    with _opened(root, path) as (descriptor, status):
        if stat.S_ISREG(status.st_mode):
            return [(path, status.st_size)]
        found = list[tuple[str, int]]()
        for file in _files_in(descriptor, PurePosixPath(path), DEEPEST):
            found.append(file)
            if len(found) > MOST_FILES:
                raise NotImportable(f"{path} has more than {MOST_FILES:,} files: import a part of them at a time.")
    if not found:
        raise NotImportable(f"{path} is a folder without files: put some there.")
    return found


def _files_in(folder: int, path: PurePosixPath, depth: int) -> Iterator[tuple[str, int]]:
    if not depth:
        raise NotImportable(f"{path} lies more than {DEEPEST} folders deep: import what is in it by itself.")
    for name in sorted(os.listdir(folder)):
        if name.startswith("."):
            continue
        inner = path / name
        if NOT_IN_PATH.search(name) or len(str(inner).encode()) > MOST_PATH_BYTES:
            raise NotImportable(f"{path} holds a name that is too long or cannot be shown: rename it.")
        with _entered(folder, name, str(inner)) as (descriptor, status):
            if stat.S_ISREG(status.st_mode):
                yield str(inner), status.st_size
            else:
                yield from _files_in(descriptor, inner, depth - 1)


@contextmanager
def _opened(root: Path, path: str) -> Iterator[tuple[int, os.stat_result]]:
    """The file or folder at a path below the root, which may be a link itself."""
    parts = PurePosixPath(path).parts
    try:
        descriptor = os.open(root, READ | os.O_DIRECTORY)
    except OSError as error:
        told = f"The folder of MISTUDIO_IMPORTS cannot be opened ({error.strerror}): make it, and put the files there."
        raise NotImportable(told) from None
    with ExitStack() as stack:
        stack.callback(os.close, descriptor)
        status = os.fstat(descriptor)
        for number, name in enumerate(parts, start=1):
            descriptor, status = stack.enter_context(_entered(descriptor, name, "/".join(parts[:number])))
        yield descriptor, status


@contextmanager
def _entered(folder: int, name: str, path: str) -> Iterator[tuple[int, os.stat_result]]:
    """What an open folder has under a name, open for reading; `path` in refusals."""
    with ExitStack() as stack:
        try:
            looked_at = os.open(name, os.O_PATH | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=folder)
            stack.callback(os.close, looked_at)
            status = os.fstat(looked_at)
            if not stat.S_ISREG(status.st_mode) and not stat.S_ISDIR(status.st_mode):
                kind = KINDS.get(stat.S_IFMT(status.st_mode), "no file")
                raise NotImportable(f"{path} is {kind}, and only files are imported: put the file itself there.")
            # by what was looked at, whatever its name stands for by now
            descriptor = os.open(f"/proc/self/fd/{looked_at}", READ)
            stack.callback(os.close, descriptor)
        except OSError as error:
            raise NotImportable(f"{path} cannot be read ({error.strerror}): see that it is there and may be.") from None
        yield descriptor, status
