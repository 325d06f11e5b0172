"""What the test Hub and its host of large files have in common on the wire: the log, the faults, ranges and bodies."""

import json
import os
import re
import select
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any, BinaryIO
from urllib.parse import parse_qs, unquote, urlsplit

from tests.hub_faults import Fault, Moved, Refusal, Request
from tests.snapshots import Blob

if TYPE_CHECKING:
    from tests.hub import Hub

BLOCK_BYTES = 1024 * 1024
HELD_SECONDS = 60  # by a test that has failed


class HubServer(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128  # a busy machine may be long in answering the first

    def __init__(self, address: tuple[str, int], handler: "type[Wire]", hub: "Hub") -> None:
        super().__init__(address, handler)
        self.hub = hub

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that is killed is no news."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)

    @property
    def url(self) -> str:
        return f"http://{self.server_address[0]!s}:{self.server_address[1]}"


class Wire(BaseHTTPRequestHandler):
    """A request from its head to its answer; `dispatch` is what each host makes of it."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    host: str
    server: "HubServer"
    entry: Request

    @property
    def hub(self) -> "Hub":
        return self.server.hub

    def log_message(self, *_: object) -> None:
        """The log is `hub.requests`."""

    def do_GET(self) -> None:
        self.answer()

    def do_HEAD(self) -> None:
        self.answer()

    def do_POST(self) -> None:
        self.answer()

    def answer(self) -> None:
        self.url = urlsplit(self.path)
        self.query = {name: values[-1] for name, values in parse_qs(self.url.query).items()}
        self.body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        path, token = unquote(self.url.path), self.headers.get("Authorization")
        self.entry = Request(self.host, self.command, path, self.headers.get("Range"), token)
        self.hub.requests.append(self.entry)
        try:
            if not self.troubled():
                self.dispatch()
        except Refusal as refusal:
            self.send_json({"error": str(refusal)}, refusal.status, refusal.headers)
        except Moved as moved:
            self.send_json({}, 307, {"Location": moved.location})
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True

    def dispatch(self) -> None:
        raise NotImplementedError

    def troubled(self) -> bool:
        """Whether a fault is the answer."""
        fault = self.fault(of_body=False)
        if fault is None:
            return False
        if fault.held:
            fault.held.wait(HELD_SECONDS)
        time.sleep(fault.stall_seconds)
        if (fault.held or fault.stall_seconds) and self.is_left():
            self.close_connection = True
            return True
        location = {"Location": fault.redirect} if fault.redirect else {}
        if fault.status or fault.redirect:
            self.send_json({}, fault.status or 302, fault.headers | location)
        return bool(fault.status or fault.redirect)

    def is_left(self) -> bool:
        """Whether the client has gone: what it would have met is for those who come after it."""
        readable, _, _ = select.select([self.connection], [], [], 0)
        return bool(readable) and not self.connection.recv(1, socket.MSG_PEEK)

    def fault(self, *, of_body: bool) -> Fault | None:
        return self.hub.next_fault(self.command, self.entry.path, self.host, of_body=of_body)

    def send_blob(self, blob: Blob, headers: dict[str, str]) -> None:
        fault = self.fault(of_body=True) or Fault("")
        size = blob.size if fault.size is None else fault.size
        asked = None if fault.ignore_range else self.asked_range(size)
        start, stop = asked or (0, size)
        if size and not 0 <= start < stop <= size:
            raise Refusal(416, "RangeNotSatisfiable", "The range is outside of the file.")
        headers |= {"ETag": f'"{fault.etag or blob.etag}"', "Accept-Ranges": "bytes"}
        headers |= {"Content-Type": "application/octet-stream", "Content-Length": str(stop - start)}
        headers |= {"Content-Range": f"bytes {start}-{stop - 1}/{size}"} if asked and size else {}
        self.send_head(206 if asked and size else 200, headers | fault.headers)
        if self.command == "GET":
            with self.hub.sending(self.entry), blob.content.open("rb") as file:
                self.send_content(file, start, stop, fault)

    def asked_range(self, size: int) -> tuple[int, int] | None:
        found = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range") or "")
        if not found:
            return None
        return int(found[1]), min(int(found[2]) + 1, size) if found[2] else size

    def send_content(self, file: BinaryIO, start: int, stop: int, fault: Fault) -> None:
        """Up to where it is cut; by blocks that a throttle slows, or by the kernel where nothing is to be changed."""
        end = stop if fault.cut_after is None else min(stop, start + fault.cut_after)
        stall = -1 if fault.stall_after is None else start + fault.stall_after
        while start < end:
            if start == stall:
                time.sleep(fault.stall_seconds)
            until = min(stall if start < stall else end, end, start + block_bytes(self.hub.bytes_per_second))
            sent = self.send_counted(file, start, until, fault)
            start += sent
            if self.hub.bytes_per_second:
                time.sleep(sent / self.hub.bytes_per_second)
        self.close_connection = self.close_connection or end < stop

    def send_counted(self, file: BinaryIO, start: int, stop: int, fault: Fault) -> int:
        """Counted before it goes: whoever has received something finds it counted."""
        plain, sent = fault.damage_at is None and fault.size is None, 0
        self.entry.sent += stop - start
        try:
            sent = self.send_as_it_is(file, start, stop) if plain else self.send_changed(file, start, stop, fault)
        finally:
            self.entry.sent -= stop - start - sent
        return sent

    def send_as_it_is(self, file: BinaryIO, start: int, stop: int) -> int:
        return os.sendfile(self.connection.fileno(), file.fileno(), start, stop - start)

    def send_changed(self, file: BinaryIO, start: int, stop: int, fault: Fault) -> int:
        file.seek(start)
        block = bytearray(file.read(stop - start).ljust(stop - start, b"\0"))
        if fault.damage_at is not None and start <= fault.damage_at < stop:
            block[fault.damage_at - start] ^= 0xFF
        self.wfile.write(block)
        return len(block)

    def send_json(self, value: Any, status: int = 200, headers: dict[str, str] | None = None) -> None:
        body = json.dumps(value).encode()
        described = {"Content-Type": "application/json; charset=utf-8", "Content-Length": str(len(body))}
        self.send_head(status, described | (headers or {}))
        if self.command != "HEAD":
            self.wfile.write(body)

    def send_head(self, status: int, headers: dict[str, str]) -> None:
        if hasattr(self, "entry"):
            self.entry.status = status
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()


def block_bytes(rate: int | None) -> int:
    """What is sent at once: of an answer that is slowed a little, so that little is on its way at any time."""
    return BLOCK_BYTES if rate is None else max(1, min(BLOCK_BYTES, rate // 200))


def unread(url: str) -> int:
    """Bytes of a server's answers that wait in the kernel, at its own end or at that of the clients."""
    port, waiting = urlsplit(url).port, 0
    for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
        _, local, remote, _, queues = line.split()[:5]
        to_send, to_read = (int(queue, 16) for queue in queues.split(":"))
        waiting += to_send * (_port(local) == port) + to_read * (_port(remote) == port)
    return waiting


def _port(address: str) -> int:
    return int(address.split(":")[1], 16)


@contextmanager
def serving(*servers: HubServer) -> Iterator[None]:
    """Threads that answer until the block ends."""
    for server in servers:
        Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    try:
        yield
    finally:
        for server in servers:
            server.shutdown()
            server.server_close()
