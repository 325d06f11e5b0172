"""The API as its clients have it: HTTP, and WebSocket with graphql-transport-ws."""

import json
import logging
import socket
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any, Self

import httpx
from websockets.sync.client import ClientConnection, connect

PATIENCE_SECONDS = 20


class Client:
    """Speaks to the API at `127.0.0.1:port`."""

    def __init__(self, port: int) -> None:
        self.http = httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=PATIENCE_SECONDS)
        self.address = f"ws://127.0.0.1:{port}/graphql"

    def close(self) -> None:
        self.http.close()

    def post(self, document: str, **variables: Any) -> dict[str, Any]:
        """The whole answer."""
        response = self.http.post("/graphql", json={"query": document, "variables": variables})
        answer: dict[str, Any] = response.json()
        return answer

    def ask(self, document: str, **variables: Any) -> Any:
        """The data; errors are an assertion. Of one field, the field."""
        answer = self.post(document, **variables)
        assert "errors" not in answer, answer
        data = answer["data"]
        return next(iter(data.values())) if len(data) == 1 else data

    def refused(self, document: str, **variables: Any) -> dict[str, Any]:
        """The one error at the top of the answer."""
        (error,) = self.post(document, **variables)["errors"]
        return dict(error)

    @contextmanager
    def socket(self) -> Iterator["Socket"]:
        """A WebSocket, ready for operations."""
        asked = {"subprotocols": ["graphql-transport-ws"], "max_size": None, "open_timeout": PATIENCE_SECONDS}
        with connect(self.address, **asked) as connection:  # type: ignore[arg-type]
            opened = Socket(connection)
            opened.send(type="connection_init")
            assert opened.receive()["type"] == "connection_ack"
            yield opened

    @contextmanager
    def subscribe(self, document: str, **variables: Any) -> Iterator["Subscription"]:
        """One subscription on a socket of its own."""
        with self.socket() as opened:
            opened.send(id="1", type="subscribe", payload={"query": document, "variables": variables})
            yield Subscription(opened)


class Socket:
    """One WebSocket."""

    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection

    def send(self, **message: Any) -> None:
        self.connection.send(json.dumps(message))

    def receive(self, patience_seconds: float = PATIENCE_SECONDS) -> dict[str, Any]:
        message: dict[str, Any] = json.loads(self.connection.recv(patience_seconds))
        return message


class Subscription:
    """What comes of one subscription of one field."""

    def __init__(self, opened: Socket) -> None:
        self._socket = opened

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> Any:
        return self.next()

    def next(self, patience_seconds: float = PATIENCE_SECONDS) -> Any:
        """The next value; StopIteration when the stream has ended."""
        message = self._socket.receive(patience_seconds)
        if message["type"] == "complete":
            raise StopIteration
        assert message["type"] == "next", message
        assert "errors" not in message["payload"], message
        return next(iter(message["payload"]["data"].values()))

    def until(self, enough: Callable[[list[Any]], object]) -> list[Any]:
        """All values up to the one after which it is enough."""
        seen: list[Any] = []
        while not enough(seen):
            seen.append(self.next())
        return seen

    def pull_the_plug(self) -> None:
        """The connection is gone, and nobody said goodbye."""
        self._socket.connection.socket.shutdown(socket.SHUT_RDWR)

    def is_silent_for(self, seconds: float) -> bool:
        """Whether nothing comes."""
        try:
            self.next(seconds)
        except TimeoutError:
            return True
        return False


def complaints(records: Iterable[logging.LogRecord]) -> list[str]:
    """What the service logged as wrong. The clients of the tests, which log here too, may wonder at their own plug."""
    ours = [record for record in records if record.name != "websockets.client"]
    return [record.getMessage() for record in ours if record.levelno >= logging.WARNING]


def until(happened: Callable[[], object], seconds: float = PATIENCE_SECONDS) -> None:
    """Wait for it; an assertion when it does not come."""
    deadline = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < deadline, f"not within {seconds} s"
        time.sleep(0.01)
