"""What the child does to fetch one file of a commit, or some ranges of it, to disk."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from domain.errors import WorldFailure
from workers.chunks import ChunkedFile, Ranges, discard
from workers.hub import Hub
from workers.hub_connection import STALLED_AFTER_SECONDS
from workers.steps import Step, Work
from workers.streams import Mismatch, fetch_missing


def fetch_file(  # noqa: PLR0913  the plain arguments of one piece
    *,
    repository: str,
    commit: str,
    path: str,
    size: int,
    sha256: str | None,
    git_oid: str | None,
    target: str,
    earlier: Sequence[str] = (),
    token: str | None = None,
    stalled_after_seconds: float = STALLED_AFTER_SECONDS,
) -> Work:
    """Fetches one file to `target`, going on with what the `earlier` targets of the same file saved, which are removed.

    What earlier fetches left is copied, never written to: one of them may still be at work. Returns {"path", "file",
    "bytes", "sha256"}. CHECKSUM_MISMATCH, after which nothing is left, when size, sha256 or git blob are not as told.
    """
    with (
        ChunkedFile(Path(target), size, as_git=git_oid is not None) as file,
        Hub(token, stalled_after_seconds=stalled_after_seconds) as hub,
    ):
        yield from _fetch(file, hub, (repository, commit, path), [Path(name) for name in earlier if name != target])
        yield from _hash(file)
        if sha256 not in (None, file.sha256) or (git_oid is not None and git_oid != file.git_oid):
            discard(file.target)
            raise Mismatch(path)
        file.finish()
        return {"path": path, "file": Path(target).name, "bytes": file.done, "sha256": file.sha256}


def fetch_ranges(  # noqa: PLR0913  the plain arguments of one piece
    *,
    repository: str,
    commit: str,
    path: str,
    size: int,
    ranges: Ranges,
    target: str,
    earlier: Sequence[str] = (),
    token: str | None = None,
) -> Work:
    """Fetches ranges (first byte, byte after the last) of a file of `size` bytes to their places in `target`.

    The target has the whole file's size; what was not fetched is a hole that takes no space. Whole chunks are fetched,
    at most CHUNK_BYTES more on either side. `earlier` as for `fetch_file`. Returns {"path", "file", "bytes"}: those
    fetched. A part has no checksum to hold it to: its ETags, which must stay the same, are all there is.
    """
    with ChunkedFile(Path(target), size, [(start, stop) for start, stop in ranges]) as file, Hub(token) as hub:
        yield from _fetch(file, hub, (repository, commit, path), [Path(name) for name in earlier if name != target])
        file.finish()
        return {"path": path, "file": Path(target).name, "bytes": file.done}


def _fetch(file: ChunkedFile, hub: Hub, name: tuple[str, str, str], earlier: Sequence[Path]) -> Iterator[Step]:
    """`name`: repository, commit and path."""
    for source in earlier:
        for _ in file.adopt(source):
            yield Step(file.done, file.wanted, "BYTES")
    for source in earlier:
        discard(source)
    try:
        yield from fetch_missing(hub.file(*name), file)
    except Mismatch:
        discard(file.target)
        raise
    except WorldFailure as failure:
        failure.discarded = file.restarted
        raise


def _hash(file: ChunkedFile) -> Iterator[Step]:
    while file.hash_some():
        yield Step(file.done, file.wanted, "BYTES")
