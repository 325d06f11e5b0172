"""Byte ranges of files at the Hub, exact also where a server sends more than was asked for."""

from collections.abc import Iterator

from workers.hub_files import Body, HubFile
from workers.parquet_footer import TAIL_BYTES, Footer, footer_length, read_footer

# Most footers are shorter, so one request has them.
FOOTER_GUESS_BYTES = 64 * 1024


def blocks_of(body: Body, start: int, stop: int) -> Iterator[bytes]:
    """The bytes from `start` to `stop` of an answer that has them."""
    at = body.start
    for block in body.blocks:
        wanted = block[max(0, start - at) : max(0, stop - at)]
        at += len(block)
        if wanted:
            yield wanted
        if at > stop:  # of an answer that ends where it should the end is read, so that its connection stays
            return


def fetch_footer(file: HubFile, size: int) -> Footer:
    """The footer of a parquet file of `size` bytes; CORRUPT_DATA where it has none."""
    tail = _tail(file, size, FOOTER_GUESS_BYTES)
    length = footer_length(tail[-TAIL_BYTES:], file.path)
    if length > len(tail):
        tail = _tail(file, size, length)
    return read_footer(tail[-length:], file.path)


def _tail(file: HubFile, size: int, length: int) -> bytes:
    start = max(0, size - length)
    with file.read(start, size) as body:
        return b"".join(blocks_of(body, start, size))
