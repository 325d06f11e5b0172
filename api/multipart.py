"""The GraphQL multipart request: `operations`, then `map`, then the files that it gives places in `operations`.

A part is known by its name before its first byte is kept, so nothing that was not asked for reaches the disk.
"""

import logging
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from typing import Any

from python_multipart import MultipartParser
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import parse_options_header
from starlette.requests import Request

from api.asked import Asked, asked_of, check_encoding, parse, too_large, upload_too_large
from api.errors import Code, bad_request, refusal
from api.file_places import Place, put, read_map
from api.pace import Pace
from api.threads import Threads
from domain.adapters import Adapters
from domain.adapters.uploads import IncomingFile

FILES = "mistudio.files"  # in the scope of a request that may bring some
KIND, PREFLIGHT = "multipart/form-data", "GraphQL-Preflight"
OPERATIONS, MAP = "operations", "map"
BLOCK_BYTES = 256 * 1024  # what is handed to a thread at once
HEADER_BYTES = 32 * 1024  # of each: a file's name of 5,000 characters is cut, and not refused
UNCODED = (b"", b"7bit", b"8bit", b"binary")

# What is wrong with a request is told to its client, and nobody else.
logging.getLogger("python_multipart").setLevel(logging.CRITICAL)


def is_multipart(request: Request) -> bool:
    """Whether a request is of this kind."""
    kind = request.headers.get("content-type", "").partition(";")[0]
    return request.method == "POST" and kind.strip().lower() == KIND


def check_headers(request: Request, most_bytes: int) -> None:
    """Raises what a multipart request is refused by before it is read."""
    if not request.headers.get(PREFLIGHT, "").strip():  # which a page of another site cannot send unasked
        raise refusal(Code.FORBIDDEN, f"A multipart request needs a header {PREFLIGHT}, of any value.")
    check_encoding(request.headers)
    if _length_of(request, 0) > most_bytes:
        raise upload_too_large(most_bytes)


async def read_multipart(request: Request, form: "Form", threads: Threads, most_bytes: int, pace: Pace) -> Asked:
    """What the request asks for, its files in their places; the form has them until it is closed.

    Raises the GraphQLError by whose code it is refused.
    """
    request.scope[FILES] = True
    seen, waiting, body = 0, bytearray(), aiter(request.stream())
    while (chunk := await _more(pace, body)) is not None:
        seen += len(chunk)
        if seen > most_bytes:
            raise upload_too_large(most_bytes)
        waiting += chunk
        if len(waiting) >= BLOCK_BYTES:
            await threads.run(form.feed, bytes(waiting))
            waiting.clear()
    await threads.run(form.feed, bytes(waiting))
    return await threads.run(form.end)


async def _more(pace: Pace, body: AsyncIterator[bytes]) -> bytes | None:
    try:
        return await pace.more(body)
    except TimeoutError:
        told = (
            "This came too slowly, and nothing of it was kept: send it again, or to /uploads, which keeps what comes."
        )
        raise refusal(Code.TRY_AGAIN, told) from None


class Form:
    """One request as it comes in: fed with its bytes in order, then ended; closed in any case."""

    def __init__(self, request: Request, adapters: Adapters) -> None:
        """Raises BAD_REQUEST for a Content-Type that names no boundary."""
        self._adapters, self._settings = adapters, adapters.settings
        self._expected = _length_of(request, self._settings.max_multipart_bytes)
        self._headers: list[tuple[bytearray, bytearray]] = []
        self._name = ""  # of the part that is coming in
        self._fields: dict[str, bytearray] = {}
        self._files: dict[str, IncomingFile] = {}
        self._places: dict[str, list[Place]] | None = None  # of the files that have yet to come
        self._asked: Asked | None = None
        self._is_whole = self._is_closed = False
        self._lock = threading.Lock()  # a request may be given up while a thread still works on it
        with _faults_are_told():
            boundary = parse_options_header(request.headers["content-type"])[1].get(b"boundary")
            if not boundary:
                raise FormParserError
            self._parser = MultipartParser(boundary, self._callbacks(), max_header_size=HEADER_BYTES)

    def feed(self, block: bytes) -> None:
        """The next bytes. Raises BAD_REQUEST, PAYLOAD_TOO_LARGE of what is no file."""
        with self._lock, _faults_are_told():
            if not self._is_closed:
                self._parser.write(block)

    def end(self) -> Asked:
        """What is asked for; raises BAD_REQUEST where the request is not whole."""
        if self._asked is None or self._places is None or not self._is_whole:
            raise bad_request("This ends too soon: `operations`, `map`, the files, and the last boundary are needed.")
        if self._places:
            raise bad_request(f"There is no part {next(iter(self._places))[:100]!r}, which `map` names.")
        return self._asked

    def close(self) -> None:
        """The request is over."""
        with self._lock:
            self._is_closed = True
            for file in self._files.values():
                file.close()

    def _callbacks(self) -> Any:
        return {
            "on_part_begin": self._headers.clear,
            "on_header_begin": lambda: self._headers.append((bytearray(), bytearray())),
            "on_header_field": lambda data, start, end: self._headers[-1][0].extend(data[start:end]),
            "on_header_value": lambda data, start, end: self._headers[-1][1].extend(data[start:end]),
            "on_headers_finished": self._begin_part,
            "on_part_data": lambda data, start, end: self._write(data[start:end]),
            "on_part_end": self._end_part,
            "on_end": self._note_end,
        }

    def _begin_part(self) -> None:
        headers = {bytes(name).lower(): bytes(value) for name, value in self._headers}
        kind, options = parse_options_header(headers.get(b"content-disposition"))
        named = {key: value.decode(errors="replace") for key, value in options.items()}
        self._name = named.get(b"name", "")
        if kind != b"form-data" or headers.get(b"content-transfer-encoding", b"").lower() not in UNCODED:
            raise bad_request("Each part is form-data, has a name, and is sent as it is.")
        if self._name == self._next_field:
            self._fields[self._name] = bytearray()
        elif self._places is None or self._name not in self._places or self._name in self._files:
            raise bad_request(
                f"{self._name[:100]!r} has no place: send `operations`, `map`, then what `map` names, once."
            )
        elif b"filename" not in named:
            raise bad_request(f"The part {self._name[:100]!r} is no file: give it a filename.")
        else:
            name, room, promises = named[b"filename"], self._adapters.room(), self._adapters.reservations
            self._files[self._name] = IncomingFile(self._settings.storage, room, name, self._expected, promises)

    @property
    def _next_field(self) -> str | None:
        return next((name for name in (OPERATIONS, MAP) if name not in self._fields), None)

    def _write(self, data: bytes) -> None:
        if self._name in self._files:
            self._files[self._name].write(data)
            return
        self._fields[self._name] += data
        if sum(map(len, self._fields.values())) > self._settings.max_body_bytes:
            raise too_large(self._settings.max_body_bytes)

    def _end_part(self) -> None:
        if self._name in self._files:
            assert self._places is not None, "files come after it"
            put(self._files[self._name].end(), self._places.pop(self._name))
        elif self._asked is None:
            self._asked = asked_of(parse(self._fields[OPERATIONS]))
        else:
            self._places = read_map(parse(self._fields[MAP]), self._asked.variables)

    def _note_end(self) -> None:
        self._is_whole = True


def _length_of(request: Request, unknown: int) -> int:
    told = request.headers.get("content-length", "")
    return int(told) if told.isdecimal() else unknown


@contextmanager
def _faults_are_told() -> Iterator[None]:
    """What the parser cannot read is BAD_REQUEST."""
    try:
        yield
    except FormParserError:
        raise bad_request("This is no multipart request: its boundaries or headers are not as they must be.") from None
