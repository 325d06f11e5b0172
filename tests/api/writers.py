"""Threads that append while others read."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def writers(write: Callable[[], object], threads: int) -> Iterator[None]:
    """So many threads do this over and over; at the end all have stopped."""
    stopping = threading.Event()

    def go_on() -> None:
        while not stopping.is_set():
            write()

    running = [threading.Thread(target=go_on) for _ in range(threads)]
    for thread in running:
        thread.start()
    try:
        yield
    finally:
        stopping.set()
        for thread in running:
            thread.join()
