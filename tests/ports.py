"""Ports of this machine that a test names before anybody listens there."""

import random
import socket
from collections.abc import Iterator
from contextlib import contextmanager

# Below those that Linux gives to whoever asks for any: another process would be given one before its server is there.
OWN = range(20_000, 32_000)
CHANCE = random.SystemRandom()  # the tests that run beside this one choose others


def free_port() -> int:
    """One at which a server can begin some time later."""
    while True:
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port := CHANCE.choice(OWN)))
            except OSError:
                continue
            return port


@contextmanager
def deaf_port() -> Iterator[int]:
    """One that is taken, and at which nobody listens while the block lasts."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield taken.getsockname()[1]
