"""How the application is served: where it may be heard, and what becomes of clients that take nothing."""

import asyncio
from typing import Any

import uvicorn
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from api.answers import refused_answer
from api.errors import bad_request
from api.multipart import FILES
from api.sse import STREAMS
from domain.adapters.settings import Settings

MOST_HEAD_BYTES = 64 * 1024  # of a request: an address may have 15,000 characters, and each header is held
BODY_TIMES = 5  # as long as for its head may a request take for all of its body, where that is no file
SHUTDOWN_SECONDS = 4  # for open connections, below the grace that the supervisor gives


class DropsStalled(asyncio.Protocol):
    """A connection whose client takes nothing for `send_seconds`, while more waits to be sent, is cut."""

    send_seconds: float
    loop: asyncio.AbstractEventLoop
    transport: asyncio.Transport
    _stalled: asyncio.TimerHandle | None = None

    def pause_writing(self) -> None:
        """More waits than is held; whoever sends waits too."""
        super().pause_writing()
        self._stalled = self.loop.call_later(self.send_seconds, self.transport.abort)

    def resume_writing(self) -> None:
        """The client takes again."""
        self._forget()
        super().resume_writing()

    def connection_lost(self, exc: Exception | None) -> None:
        """The client has gone."""
        self._forget()
        super().connection_lost(exc)

    @property
    def is_stalled(self) -> bool:
        """Whether the client takes nothing, and more waits to be sent."""
        return self._stalled is not None

    def _forget(self) -> None:
        if self._stalled:
            self._stalled.cancel()
            self._stalled = None


class Http(DropsStalled, HttpToolsProtocol):
    """HTTP, by httptools, whose streams of events end when the process stops, instead of holding it up.

    A request whose head has not come within `request_seconds`, or of whose body nothing more comes for so long, is cut
    off, and so are a head without end and a body that comes drop by drop: uvicorn would keep all of them for ever.
    Files that are uploaded may come over slow lines.
    """

    request_seconds: float
    _overdue: asyncio.TimerHandle | None = None
    _body_until = 0.0  # by the loop's clock
    _head_bytes = 0
    _is_head = True

    def data_received(self, data: bytes) -> None:
        """What is no head by now was a part of one, or all of it."""
        super().data_received(data)
        self._head_bytes = self._head_bytes + len(data) if self._is_head else 0
        if self._head_bytes > MOST_HEAD_BYTES and not self.transport.is_closing():
            self.send_400_response(f"The head of a request has at most {MOST_HEAD_BYTES:,} bytes.")

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        """A connection is there to ask something."""
        super().connection_made(transport)
        self._expect()

    def on_message_begin(self) -> None:
        """The first byte of a request has come."""
        super().on_message_begin()
        self._is_head = True
        if self._overdue is None:
            self._expect()

    def on_headers_complete(self) -> None:
        """Its head has come. One that came at once and is too long is, to the parser, no HTTP."""
        self._is_head = False
        if len(self.url) + sum(len(name) + len(value) for name, value in self.headers) > MOST_HEAD_BYTES:
            raise ValueError("a head that is too long")
        self._expect_body()
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """More of its body has come."""
        if self.loop.time() > self._body_until and not self._is_of_a_file:
            self.transport.abort()
        self._expect()
        super().on_body(body)

    def on_message_complete(self) -> None:
        """All of it has come."""
        self._expect_nothing()
        super().on_message_complete()

    def handle_websocket_upgrade(self) -> None:
        """It is no longer HTTP."""
        self._expect_nothing()
        super().handle_websocket_upgrade()

    def connection_lost(self, exc: Exception | None) -> None:
        """The client has gone."""
        self._expect_nothing()
        super().connection_lost(exc)

    def _expect(self) -> None:
        self._expect_nothing()
        self._overdue = self.loop.call_later(self.request_seconds, self._give_up)

    def _expect_body(self) -> None:
        self._body_until = self.loop.time() + self.request_seconds * BODY_TIMES
        self._expect()

    @property
    def _is_of_a_file(self) -> bool:
        """Whether somebody takes the body as that of an upload."""
        is_taken = self.scope.get(STREAMS) or self.scope.get(FILES)
        return bool(is_taken) and not self.cycle.response_complete

    def _expect_nothing(self) -> None:
        if self._overdue:
            self._overdue.cancel()
            self._overdue = None

    def _give_up(self) -> None:
        """Nobody is to blame while it is we who take no more of the body."""
        if self.flow.read_paused or (self.scope and self.scope.get(STREAMS)):
            self._expect_body()
        else:
            self._overdue = None
            self.transport.abort()

    def shutdown(self) -> None:
        """As uvicorn calls it; a stream is cut, so its client knows that it was not the end of it."""
        if self.is_stalled:
            self.transport.abort()
        elif self.scope and self.scope.get(STREAMS):
            self.transport.close()
        else:
            super().shutdown()

    def send_400_response(self, msg: str) -> None:
        """As uvicorn calls it for what is no HTTP: refused as all else is, and the connection ends."""
        answer = refused_answer(bad_request(msg))
        headers = (*self.server_state.default_headers, *answer.raw_headers, (b"connection", b"close"))
        lines = b"".join(name + b": " + value + b"\r\n" for name, value in headers)
        self.transport.write(STATUS_LINE[answer.status_code] + lines + b"\r\n" + bytes(answer.body))
        self.transport.close()


class WebSocket(DropsStalled, WebSocketsSansIOProtocol):
    """WebSocket."""

    def shutdown(self) -> None:
        """As uvicorn calls it; a client that takes nothing would not take a goodbye."""
        if self.is_stalled:
            self.transport.abort()
        else:
            super().shutdown()


def server_config(app: Any, settings: Settings, **changes: Any) -> uvicorn.Config:
    """How uvicorn serves the application."""
    send_seconds = {"send_seconds": settings.send_seconds}
    http_seconds = {**send_seconds, "request_seconds": settings.request_seconds}
    return uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        loop="uvloop",
        http=type("Http", (Http,), http_seconds),
        ws=type("WebSocket", (WebSocket,), send_seconds),
        ws_max_size=settings.max_body_bytes,
        log_config=None,  # its lines go where ours go
        access_log=False,  # an address may hold what should not be kept
        timeout_graceful_shutdown=SHUTDOWN_SECONDS,
        **changes,
    )
