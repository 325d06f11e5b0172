"""The bytes of one file at the Hub, from any position, by any number of requests at a time.

A large file is answered by a redirect to a signed address at another host. The address serves every further request
for the file; when it expires the Hub is asked for a new one.
"""

import re
from collections.abc import Generator, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

import httpcore
import httpx
from httpx import codes

from workers.hub_connection import Answer, Connection
from workers.hub_refusals import AddressRefused

READ_BYTES = 256 * 1024
CONTENT_RANGE = re.compile(r"bytes (?P<first>[0-9]+)-[0-9]+/(?P<total>[0-9]+|\*)")


@dataclass(frozen=True, slots=True)
class Body:
    """The answer to a request for content: it begins at byte `start` of a file of `total` bytes (None: not said).

    Bodies of one `identity` are of one content: it is made of the ETags, that of the file and that of its redirect.
    """

    start: int
    total: int | None
    identity: str
    blocks: Iterator[bytes]


class HubFile:
    """One file of a commit. Several threads may read it at a time."""

    def __init__(self, connection: Connection, url: str, repository: str, path: str) -> None:
        self.path = path
        self._connection = connection
        self._url = url
        self._repository = repository
        self._signed: tuple[httpx.URL, str] | None = None

    @contextmanager
    def read(self, start: int = 0, stop: int | None = None) -> Generator[Body]:
        """Bytes `start` to `stop` (None: the end) in one streaming request; a server may send the whole file instead.

        Raises RangeRefused, and WorldFailure also for what happens inside the block: one that breaks, stalls or ends
        before the length that it told is HUB_UNAVAILABLE.
        """
        headers = {"Range": f"bytes={start}-{'' if stop is None else stop - 1}"} if start or stop is not None else {}
        with ExitStack() as stack:
            answer = self._answer(stack, headers)
            extent = _extent(answer.response)
            if extent is None or extent[0] not in (0, start):
                raise self._connection.strange(self._repository)
            identity = f"{answer.linked_etag} {answer.response.headers.get('ETag', '')}"
            yield Body(*extent, identity, self._blocks(answer.response))

    def _answer(self, stack: ExitStack, headers: dict[str, str]) -> Answer:
        """From the address that was signed before, else or when it is refused by way of the Hub."""
        signed = self._signed
        if signed is not None:
            address, linked_etag = signed
            try:
                direct = stack.enter_context(self._connection.get(address, self._repository, headers))
                return Answer(direct.response, linked_etag)
            except AddressRefused:
                self._signed = None
        answer = stack.enter_context(self._connection.get(self._url, self._repository, headers))
        address = answer.response.url
        self._signed = None if self._connection.is_of_hub(address) else (address, answer.linked_etag)
        return answer

    def _blocks(self, response: httpx.Response) -> Iterator[bytes]:
        """The body. All of one of known length but the first block is read off the connection, which is then closed:
        through the layers of the client a byte costs twice the time of a core. When the client has given out one
        block it holds nothing more."""
        length = response.headers.get("Content-Length", "")
        blocks = response.iter_raw()
        if not length.isdigit():
            yield from blocks
            return
        first = next(blocks, b"")
        left = int(length) - len(first)
        yield first
        yield from self._rest(response, left) if left else blocks

    def _rest(self, response: httpx.Response, left: int) -> Iterator[bytes]:
        stream = response.extensions["network_stream"]
        timeout = response.request.extensions["timeout"]["read"]
        while left:
            try:
                block = stream.read(min(left, READ_BYTES), timeout)
            except (httpcore.NetworkError, httpcore.TimeoutException) as error:
                raise self._connection.broken(type(error).__name__) from error
            if not block:
                raise self._connection.broken(f"{left} bytes before the end")
            left -= len(block)
            yield block


def _extent(response: httpx.Response) -> tuple[int, int | None] | None:
    """First byte and whole size by Content-Range, or by Content-Length when the answer is the whole file.

    None when a part of the file comes without saying which.
    """
    if response.status_code == codes.PARTIAL_CONTENT:
        told = CONTENT_RANGE.fullmatch(response.headers.get("Content-Range", ""))
        if told is None:
            return None
        return int(told["first"]), int(told["total"]) if told["total"] != "*" else None
    length = response.headers.get("Content-Length", "")
    return 0, int(length) if length.isdigit() else None
