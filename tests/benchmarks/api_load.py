"""Clients of the API benchmark: requests over kept connections, and many subscribers in one loop."""

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from websockets.asyncio.client import ClientConnection, connect

Dates = Callable[[dict[str, Any]], Sequence[str]]


@dataclass(frozen=True)
class Load:
    """Requests a second, and the 95th percentile of their seconds."""

    rate: float
    p95: float


async def _client(port: int, body: bytes, until: float, seconds: list[float]) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    head = (
        f"POST /graphql HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    request = head.encode() + body
    while (began := time.perf_counter()) < until:
        writer.write(request)
        answer = await reader.readuntil(b"\r\n\r\n")
        assert answer.startswith(b"HTTP/1.1 200"), answer
        length = int(answer.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
        await reader.readexactly(length)
        seconds.append(time.perf_counter() - began)
    writer.close()


async def requests(port: int, document: str, connections: int, duration: float) -> Load:
    """As many requests as the connections can make in this time."""
    body, seconds = orjson.dumps({"query": document}), list[float]()
    until = time.perf_counter() + duration
    await asyncio.gather(*(_client(port, body, until, seconds) for _ in range(connections)))
    return Load(len(seconds) / duration, percentile(seconds, 0.95))


def percentile(values: Sequence[float], share: float) -> float:
    """What this share of them, from 0 to 1, is below."""
    assert 0 <= share <= 1, share
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


class Subscribers:
    """Subscriptions, each on a socket of its own. `delays` are the seconds from an event's record to its receipt."""

    def __init__(self, port: int, document: str, dates: Dates) -> None:
        self.delays: list[float] = []
        self._address = f"ws://127.0.0.1:{port}/graphql"
        self._document = document
        self._dates = dates
        self._open: list[ClientConnection] = []
        self._tasks: list[asyncio.Task[None]] = []

    async def add(self, **variables: object) -> None:
        """One more, which has been told the state of now."""
        socket = await connect(self._address, subprotocols=["graphql-transport-ws"], compression=None)  # type: ignore[list-item]
        await socket.send(b'{"type": "connection_init"}', text=True)
        await socket.recv()
        payload = {"query": self._document, "variables": variables}
        await socket.send(orjson.dumps({"id": "1", "type": "subscribe", "payload": payload}), text=True)
        await socket.recv()
        self._open.append(socket)
        self._tasks.append(asyncio.create_task(self._read(socket)))

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await asyncio.gather(*(socket.close() for socket in self._open))

    async def _read(self, socket: ClientConnection) -> None:
        async for message in socket:
            now = time.time()
            told = orjson.loads(message)
            assert told["type"] == "next", told
            self.delays += [now - datetime.fromisoformat(date).timestamp() for date in self._dates(told["payload"])]
