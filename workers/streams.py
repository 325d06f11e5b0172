"""Fetching what a file still misses, by one request at a time or by several.

One stream is the fastest where the network is fast: it already keeps a core busy. Over a wide network a server gives
a connection a share, and several are faster. So the first bytes of a large file, fetched alone, decide: below
FAST_BYTES_A_SECOND the rest is cut into segments, exact ranges that STREAMS threads fetch, each by one request.
The thread that waits for them takes what they saved into the digest; another one flushes it to the disk.

Whatever is odd about ranges, a server that ignores them, refuses them or tells another ETag than before, ends in one
request for the whole file: one answer cannot mix two contents.
"""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from functools import partial

from domain.errors import ErrorCode, WorldFailure
from workers.chunks import CHUNK_BYTES, ChunkedFile, ChunkWriter, Ranges
from workers.hub_files import Body, HubFile
from workers.hub_refusals import RangeRefused, later
from workers.steps import Step

MIB = 1024 * 1024
LARGE_BYTES = 32 * MIB
PROBE_BYTES = 8 * MIB
SEGMENT_BYTES = 32 * MIB
STREAMS = 4
FAST_BYTES_A_SECOND = 64 * MIB
SECONDS_BETWEEN_STEPS = 0.25
SECONDS_BETWEEN_LOOKS = 0.01

Stream = Callable[[threading.Event], None]


class Mismatch(WorldFailure):
    """The file is not what the Hub's list says: nothing of it can be trusted."""

    def __init__(self, path: str) -> None:
        message = (
            f"{path} is not what the Hub's list says (size or checksum): retry, it will be fetched from its beginning."
        )
        super().__init__(ErrorCode.CHECKSUM_MISMATCH, message, retryable=True, discarded=True)


class _NotByRange(Exception):  # noqa: N818  what the answer showed, not a fault
    """The answer to a range is not that range of the content that was begun with."""


def fetch_missing(remote: HubFile, file: ChunkedFile) -> Iterator[Step]:
    """Saves every wanted byte that `file` misses. Raises Mismatch for a wrong length, and WorldFailure."""
    try:
        yield from _by_ranges(remote, file)
    except (_NotByRange, RangeRefused):
        yield from _run(file, [partial(_whole, remote, file)])


def _by_ranges(remote: HubFile, file: ChunkedFile) -> Iterator[Step]:
    streams = 1
    if file.wanted - file.done >= LARGE_BYTES:
        began = time.monotonic()
        (start, stop) = _segments(file.missing(), PROBE_BYTES)[0]
        yield from _run(file, [partial(_range, remote, file, start, stop)])
        is_fast = (stop - start) / (time.monotonic() - began) >= FAST_BYTES_A_SECOND
        streams = 1 if is_fast else STREAMS
    segments = file.missing() if streams == 1 else _segments(file.missing(), _share(file.wanted - file.done))
    yield from _run(file, [partial(_range, remote, file, *segment) for segment in segments], streams)


def _share(missing: int) -> int:
    """Bytes of a segment, in whole chunks: every stream has one, and none is longer than SEGMENT_BYTES."""
    return min(SEGMENT_BYTES, -(-missing // (STREAMS * CHUNK_BYTES)) * CHUNK_BYTES)


def _segments(ranges: Ranges, size: int) -> list[tuple[int, int]]:
    return [(at, min(at + size, stop)) for start, stop in ranges for at in range(start, stop, size)]


def _run(file: ChunkedFile, work: Sequence[Stream], streams: int = 1) -> Iterator[Step]:
    """Has threads do the work; hashes what they saved and tells of it meanwhile. The first failure ends them all."""
    with _started(file, work, streams) as futures:
        told, done = time.monotonic(), file.done
        while not _is_over(futures, hashing=file.hash_some()):
            if time.monotonic() - told > SECONDS_BETWEEN_STEPS:
                yield Step(file.done, file.wanted, "BYTES", committed=file.done > done)
                told, done = time.monotonic(), file.done
    yield Step(file.done, file.wanted, "BYTES", committed=file.done > done)
    for future in futures:
        if not future.cancelled():
            future.result()


@contextmanager
def _started(file: ChunkedFile, work: Sequence[Stream], streams: int) -> Iterator[list[Future[None]]]:
    over = threading.Event()
    with ThreadPoolExecutor(streams + 1) as pool:
        flushing = pool.submit(_flush, file, over)
        try:
            yield [pool.submit(one, over) for one in work]
        finally:
            over.set()
            pool.shutdown(cancel_futures=True)
    flushing.result()


def _flush(file: ChunkedFile, over: threading.Event) -> None:
    while not over.wait(SECONDS_BETWEEN_LOOKS):
        file.flush_some()


def _is_over(futures: Sequence[Future[None]], *, hashing: bool) -> bool:
    ended, going = wait(futures, 0 if hashing else SECONDS_BETWEEN_LOOKS, FIRST_EXCEPTION)
    return not going or any(future.exception() for future in ended)


def _range(remote: HubFile, file: ChunkedFile, start: int, stop: int, over: threading.Event) -> None:
    """Requests until the range is saved; one that saves nothing is the last."""
    while start < stop and not over.is_set():
        asked = () if (start, stop) == (0, file.size) else (start, stop)
        with remote.read(*asked) as body:
            if body.start != start or not file.is_of(body.identity):
                raise _NotByRange
            position = _write(remote, file, body, stop, over)
        if position <= start and not over.is_set():
            raise later(ErrorCode.HUB_UNAVAILABLE, f"The Hub cut {remote.path} short: retry.")
        start = position


def _whole(remote: HubFile, file: ChunkedFile, over: threading.Event) -> None:
    """One request from the beginning up to the last byte that is missing; what is there of the same content stays."""
    with remote.read() as body:
        if not file.is_of(body.identity):
            file.restart()
            file.is_of(body.identity)
        stop = file.missing()[-1][1]
        if _write(remote, file, body, stop, over) < stop and not over.is_set():
            raise later(ErrorCode.HUB_UNAVAILABLE, f"The Hub cut {remote.path} short: retry.")


def _write(remote: HubFile, file: ChunkedFile, body: Body, stop: int, over: threading.Event) -> int:
    """Saves the body up to `stop`; the first byte that is not saved."""
    if body.total not in (None, file.size):
        raise Mismatch(remote.path)
    writer = ChunkWriter(file, body.start)
    for block in body.blocks:
        if over.is_set():
            break
        if writer.add(block):
            raise Mismatch(remote.path)
        if writer.position >= stop and (stop < file.size or body.total is not None):
            break
    return writer.position
