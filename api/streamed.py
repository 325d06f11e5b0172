"""Bodies that are longer than memory: sent a chunk at a time, and cut where they end before what was promised."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import aclosing

from starlette.types import Receive, Scope, Send

from api.sse import STREAMS, gone

log = logging.getLogger(__name__)


class CutShort(Exception):  # noqa: N818  what happened, not a fault
    """What is sent went, or became shorter, meanwhile; the message says what."""


class StreamedAnswer:
    """An ASGI response of `chunks`, until their end or the client has gone; `release` lets go of what they are read
    from, also where none was.

    After CutShort the connection is cut, so that nobody takes what has come for the whole.
    """

    def __init__(
        self,
        status: int,
        headers: Mapping[str, str],
        chunks: AsyncGenerator[bytes],
        release: Callable[[], None] = lambda: None,
    ) -> None:
        self._status = status
        self._headers = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
        self._chunks = chunks
        self._release = release

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """As ASGI has it."""
        scope[STREAMS] = True  # a stop of the process cuts it
        leaving = asyncio.create_task(gone(receive))
        try:
            async with aclosing(self._chunks):
                await send({"type": "http.response.start", "status": self._status, "headers": self._headers})
                if scope["method"] == "HEAD" or await self._send_all(leaving, send):
                    await send({"type": "http.response.body", "body": b"", "more_body": False})
        finally:
            leaving.cancel()
            self._release()

    async def _send_all(self, leaving: asyncio.Task[None], send: Send) -> bool:
        """Whether all of it was sent."""
        try:
            async for chunk in self._chunks:
                await send({"type": "http.response.body", "body": chunk, "more_body": True})
                if leaving.done():
                    return False
        except CutShort as cut:
            log.warning("%s while it was sent", str(cut))
            return False
        return True
