"""The one place where the loop hands synchronous work to threads."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import ParamSpec, TypeVar

from domain.adapters import MOST_CONNECTIONS

P = ParamSpec("P")
R = TypeVar("R")

# More threads than connections would wait for each other; one connection is the feed's.
THREADS = MOST_CONNECTIONS - 1


class Threads:
    """A bounded pool of threads for calls that wait: Postgres, files, Redis."""

    def __init__(self, threads: int = THREADS, name: str = "api") -> None:
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix=name)

    async def run(self, function: Callable[P, R], *arguments: P.args, **named: P.kwargs) -> R:
        """The function's result; the loop goes on meanwhile."""
        return await asyncio.get_running_loop().run_in_executor(self._pool, partial(function, *arguments, **named))

    def close(self) -> None:
        """Let running calls end, and drop those that wait."""
        self._pool.shutdown(wait=False, cancel_futures=True)
