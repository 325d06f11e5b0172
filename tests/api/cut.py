"""Followers of all events whose connection breaks at any byte, and who go on after the last whole message."""

import json
import random
import socket
import struct
from collections.abc import Iterable, Iterator
from itertools import count
from typing import Any

import httptools
from websockets.client import ClientProtocol
from websockets.frames import Frame, Opcode
from websockets.uri import parse_uri

FOLLOW = """
subscription ($after: Position) { events(after: $after) { events { position } cursor caughtUp } }"""
PATIENCE_SECONDS = 20
RESET = struct.pack("ii", 1, 0)  # closing sends RST: nobody says goodbye
# A handshake has about 300 bytes, a message with one event 150, one with a chunk of history 20,000.
FEW_DIGITS, MOST_BYTES = 3.5, 60_000
MOST_PIECES = 8  # what comes at once: the end of the handshake, and about one message each


class CutFollower:
    """Over WebSocket. `seen` is the position of every event that was told, in order; `cuts` how often each of these
    was cut."""

    def __init__(self, port: int, seed: int) -> None:
        self.seen: list[int] = []
        self.cursor = "0"
        self.cuts = {"opening": 0, "history": 0, "live": 0}
        self._port = port
        self._chance = random.Random(seed)

    def follow_to_a_cut(self) -> None:
        """One connection, that breaks after some bytes, or some pieces."""
        reached = "opening"
        few, many = int(10 ** self._chance.uniform(0, FEW_DIGITS)), self._chance.randrange(1, MOST_BYTES)
        for batch in self._batches(self._chance.choice((few, many)), range(self._chance.randint(0, MOST_PIECES))):
            self._take(batch)
            reached = "live" if batch["caughtUp"] else "history"
        self.cuts[reached] += 1

    def follow_to(self, position: int) -> None:
        """A connection that lasts until an event was told."""
        if place(self.cursor) < position:
            for batch in self._batches(2**40, count()):
                self._take(batch)
                if place(batch["cursor"]) >= position:
                    return

    def _take(self, batch: dict[str, Any]) -> None:
        self.seen += [place(event["position"]) for event in batch["events"]]
        self.cursor = batch["cursor"]

    def _batches(self, most_bytes: int, pieces: Iterable[int]) -> Iterator[dict[str, Any]]:
        uri = parse_uri(f"ws://127.0.0.1:{self._port}/graphql")
        protocol = ClientProtocol(uri, subprotocols=["graphql-transport-ws"])  # type: ignore[list-item]
        with self._connection() as connection:
            protocol.send_request(protocol.connect())
            connection.sendall(b"".join(protocol.data_to_send()))
            for received in received_of(connection, most_bytes, pieces):
                protocol.receive_data(received)
                for event in protocol.events_received():
                    if not isinstance(event, Frame):
                        tell(protocol, type="connection_init")
                    elif event.opcode is Opcode.TEXT:
                        yield from self._answer(protocol, json.loads(event.data))
                connection.sendall(b"".join(protocol.data_to_send()))

    def _connection(self) -> socket.socket:
        connection = socket.create_connection(("127.0.0.1", self._port), PATIENCE_SECONDS)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        return connection

    def _answer(self, protocol: ClientProtocol, message: dict[str, Any]) -> Iterator[dict[str, Any]]:
        if message["type"] == "connection_ack":
            payload = {"query": FOLLOW, "variables": {"after": self.cursor}}
            tell(protocol, id="1", type="subscribe", payload=payload)
            return
        assert message["type"] == "next", message
        yield message["payload"]["data"]["events"]


class CutStreamFollower(CutFollower):
    """By server-sent events: goes on after the `id` of the last whole event, by Last-Event-ID alone."""

    def _batches(self, most_bytes: int, pieces: Iterable[int]) -> Iterator[dict[str, Any]]:
        with self._connection() as connection:
            connection.sendall(self._request())
            self._text = b""
            parser = httptools.HttpResponseParser(self)
            for received in received_of(connection, most_bytes, pieces):
                parser.feed_data(received)
                *whole, self._text = self._text.split(b"\n\n")
                yield from (self._batch(event.decode()) for event in whole if event != b":")

    def on_body(self, body: bytes) -> None:
        """As httptools calls it."""
        self._text += body

    def _request(self) -> bytes:
        body = json.dumps({"query": FOLLOW, "variables": {"after": "0"}}).encode()
        names = {"Host": "localhost", "Content-Type": "application/json", "Accept": "text/event-stream"}
        names |= {"Content-Length": str(len(body)), "Last-Event-ID": self.cursor}
        lines = "".join(f"{name}: {value}\r\n" for name, value in names.items())
        return f"POST /graphql HTTP/1.1\r\n{lines}\r\n".encode() + body

    def _batch(self, event: str) -> dict[str, Any]:
        fields = dict(line.split(": ", 1) for line in event.splitlines())
        assert fields["event"] == "next", event
        batch: dict[str, Any] = json.loads(fields["data"])["data"]["events"]
        return {**batch, "cursor": fields["id"]}


def received_of(connection: socket.socket, most_bytes: int, pieces: Iterable[int]) -> Iterator[bytes]:
    """What comes, until it is so many bytes or pieces; then the connection breaks."""
    for _ in pieces:
        if not most_bytes:
            return
        received = connection.recv(min(most_bytes, 65_536))
        assert received, "the server has closed the connection"
        most_bytes -= len(received)
        yield received


def tell(protocol: ClientProtocol, **message: object) -> None:
    protocol.send_text(json.dumps(message).encode())


def place(position: str) -> int:
    return int(position.partition(":")[2] or 0)
