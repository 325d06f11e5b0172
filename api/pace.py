"""How slowly a body may come that brings a file, over slow lines too."""

import asyncio
import time
from collections.abc import AsyncIterator


class Pace:
    """How long it is waited for more of one body: for `seconds`, which waiting uses up, and each `rate` bytes that come
    give one of them back. What this service itself takes its time for uses up none."""

    def __init__(self, seconds: float, rate: float) -> None:
        self._seconds = self._left = seconds
        self._rate = rate

    async def more(self, body: AsyncIterator[bytes]) -> bytes | None:
        """What comes next; None at the end. Raises TimeoutError where it comes too slowly."""
        began = time.monotonic()
        async with asyncio.timeout(self._left):
            chunk = await anext(body, None)
        given_back = len(chunk or b"") / self._rate - (time.monotonic() - began)
        self._left = min(self._seconds, self._left + given_back)
        return chunk
