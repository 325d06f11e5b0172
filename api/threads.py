"""The one place where the loop hands synchronous work to threads."""

import asyncio
from collections.abc import Callable, Hashable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from functools import partial
from typing import Any, ParamSpec, TypeVar

from domain.adapters.opened import MOST_CONNECTIONS

P = ParamSpec("P")
R = TypeVar("R")

# More threads than connections would wait for each other; one connection is the feed's.
THREADS = MOST_CONNECTIONS - 1


class Threads:
    """A bounded pool of threads for calls that wait: Postgres, files, Redis."""

    def __init__(self, threads: int = THREADS, name: str = "api") -> None:
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix=name)
        self._begun: dict[Hashable, asyncio.Future[Any]] = {}
        self._next: dict[Hashable, asyncio.Future[Any]] = {}

    async def run(self, function: Callable[P, R], *arguments: P.args, **named: P.kwargs) -> R:
        """The function's result; the loop goes on meanwhile. What it logs belongs to the same request."""
        call = partial(copy_context().run, function, *arguments, **named)
        return await asyncio.get_running_loop().run_in_executor(self._pool, call)

    async def run_once(self, function: Callable[..., R], *arguments: Hashable) -> R:
        """The result of a call that begins after this: one for all who ask the same until it does."""
        key = (function, arguments)
        if key not in self._next:
            self._next[key] = asyncio.ensure_future(self._run_next(key, function, arguments))
        result: R = await asyncio.shield(self._next[key])
        return result

    async def _run_next(self, key: Hashable, function: Callable[..., R], arguments: Sequence[Hashable]) -> R:
        if key in self._begun:
            await asyncio.wait([self._begun[key]])
        running = self._begun[key] = self._next.pop(key)
        try:
            return await self.run(function, *arguments)
        finally:
            if self._begun[key] is running:
                del self._begun[key]

    def close(self) -> None:
        """Let running calls end, and drop those that wait."""
        self._pool.shutdown(wait=False, cancel_futures=True)
