"""Server-sent events, one connection an operation: each result with the position from which its client can go on."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing, suppress
from typing import Any

from starlette.types import Receive, Scope, Send
from strawberry.types import ExecutionResult

from api.answers import EVENT_STREAM, encode
from api.context import Context
from api.errors import internal_error
from domain.adapters.redaction import Redaction

STREAMS = "mistudio.streams"
COMMENT = b":\n\n"
COMPLETE = b"event: complete\ndata:\n\n"


class EventStream:
    """An ASGI response that sends results as they come, until they end or the client has gone."""

    def __init__(self, results: AsyncGenerator[Any], context: Context) -> None:
        self._results = results
        self._context = context
        self._keep_alive_seconds = context.adapters.settings.keep_alive_seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """As ASGI has it."""
        scope[STREAMS] = True
        headers = [
            (b"content-type", f"{EVENT_STREAM}; charset=utf-8".encode()),
            (b"cache-control", b"no-cache, no-transform"),
            (b"x-accel-buffering", b"no"),
        ]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        leaving = asyncio.create_task(gone(receive))
        try:
            async with aclosing(self._results):
                await self._send_all(leaving, send)
        except Exception as bug:  # noqa: BLE001  the shell of a stream: the log has the trace, the client an id
            masked = internal_error(bug, "a stream of server-sent events", Redaction([]))
            await _send(send, self._event(ExecutionResult(None, [masked])))
            await _send(send, COMPLETE, is_last=True)
        finally:
            leaving.cancel()

    async def _send_all(self, leaving: asyncio.Task[None], send: Send) -> None:
        following = asyncio.ensure_future(anext(self._results, None))
        try:
            while True:
                waited: set[asyncio.Future[Any]] = {leaving, following}
                await asyncio.wait(waited, timeout=self._keep_alive_seconds, return_when=asyncio.FIRST_COMPLETED)
                if leaving.done():
                    return
                if not following.done():
                    await _send(send, COMMENT)
                elif (result := following.result()) is None:
                    await _send(send, COMPLETE, is_last=True)
                    return
                else:
                    await _send(send, self._event(result))
                    following = asyncio.ensure_future(anext(self._results, None))
        finally:
            following.cancel()
            with suppress(asyncio.CancelledError):
                await following

    def _event(self, result: ExecutionResult) -> bytes:
        """A result; one without data leaves its client at the place of the one before."""
        reached, has_data = self._context.reached, result.data is not None
        place = f"id: {reached}\n".encode() if reached and has_data else b""
        return b"event: next\n" + place + b"data: " + encode(result, has_data=has_data) + b"\n\n"


async def _send(send: Send, text: bytes, *, is_last: bool = False) -> None:
    await send({"type": "http.response.body", "body": text, "more_body": not is_last})


async def gone(receive: Receive) -> None:
    """Ends when the client has gone."""
    while (await receive())["type"] != "http.disconnect":
        pass
