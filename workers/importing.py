"""What the child does for an import: look at the files, and copy each, hashing it on the way."""

import hashlib
import os
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

from domain.adapters.files import remove_tree, write_atomically
from domain.adapters.import_files import NotImportable, open_import
from domain.adapters.peaks import fetching_bytes
from domain.adapters.upload_formats import format_of
from domain.errors import ErrorCode, WorldFailure
from workers.steps import Step, Work

BLOCK_BYTES = 1 << 20


def plan_import(*, root: str, reader: str, files: Sequence[Mapping[str, Any]]) -> Work:
    """The files of an import (keys: from, below `root`; path, split, format) with their sizes now: {"files", "bytes",
    "peakBytes": what all of it takes up, read by `reader`}. Raises INVALID_INPUT."""
    found = list[dict[str, Any]]()
    for file in files:
        yield Step(len(found), len(files), "PIECES")
        with _refusals_are_told(), open_import(Path(root), file["from"]) as opened:
            found.append({**file, "size": os.fstat(opened.fileno()).st_size})
    sizes = {file["path"]: file["size"] for file in found}
    return {
        "files": found,
        "bytes": sum(sizes.values()),
        "peakBytes": fetching_bytes(reader, sizes),
    }


def import_file(*, root: str, source: str, path: str, split: str, format: str, target: str) -> Work:
    """Copies the file `source` below `root` to `target`, durably: {"path", "split", "file", "size", "sha256"}.

    Raises INVALID_INPUT for what may not be imported, CHECKSUM_MISMATCH where the file changes meanwhile, or is no
    longer of its `format`; INSUFFICIENT_STORAGE.
    """
    copy = Path(target)
    with _refusals_are_told(), open_import(Path(root), source) as opened:
        size, sha256 = yield from _copied(opened, copy, source)
    found = format_of(copy, Path(source).name)
    if size and found != format:
        remove_tree(copy)
        message = f"{source} was {format} when its import was asked for, and is {found} now: import it anew."
        raise WorldFailure(ErrorCode.CHECKSUM_MISMATCH, message)
    return {"path": path, "split": split, "file": copy.name, "size": size, "sha256": sha256}


def _copied(opened: BinaryIO, target: Path, source: str) -> Generator[Step, None, tuple[int, str]]:
    """The bytes and the SHA-256 of the copy. One that grows is not followed for ever."""
    before, done, digest = os.fstat(opened.fileno()), 0, hashlib.sha256()
    with write_atomically(target) as copy:
        for block in iter(partial(opened.read, BLOCK_BYTES), b""):
            copy.write(block)
            digest.update(block)
            done += len(block)
            yield Step(done, before.st_size, "BYTES")
            if done > before.st_size:
                break
        if done != before.st_size or _seen(os.fstat(opened.fileno())) != _seen(before):
            message = f"{source} was changed while it was copied: wait until it is written, then retry."
            raise WorldFailure(ErrorCode.CHECKSUM_MISMATCH, message, retryable=True, discarded=True)
    return done, digest.hexdigest()


def _seen(status: os.stat_result) -> tuple[int, int]:
    """What a write changes."""
    return status.st_size, status.st_mtime_ns


@contextmanager
def _refusals_are_told() -> Iterator[None]:
    try:
        yield
    except NotImportable as refusal:
        raise WorldFailure(refusal.code, refusal.message) from refusal
