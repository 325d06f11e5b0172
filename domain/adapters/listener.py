"""One connection that hears NOTIFY. What is heard only wakes: the truth is read from a position afterwards."""

import os
import select
import time
from collections.abc import Sequence

import psycopg

RECONNECT_SECONDS = 0.5
LOST = ("lost", "")


class Listener:
    """Listens on channels over a connection of its own. A lost connection is told as LOST, so the caller re-reads."""

    def __init__(self, url: str, channels: Sequence[str]) -> None:
        self._url = url
        self._channels = channels
        self._connection: psycopg.Connection[tuple[object, ...]] | None = None
        self._woken, self._waker = os.pipe()

    def wait(self, timeout_seconds: float) -> list[tuple[str, str]]:
        """The (channel, payload) pairs heard within the timeout; returns as soon as there is one, and all that came."""
        try:
            if self._connection is None:
                self._connect()
                return [LOST]
            return self._heard(timeout_seconds)
        except psycopg.OperationalError:
            self._disconnect()
            time.sleep(RECONNECT_SECONDS)
            return [LOST]

    def wake(self) -> None:
        """Make the wait that is under way, or the next one, return at once; from any thread or signal handler."""
        os.write(self._waker, b"\0")

    def _connect(self) -> None:
        self._connection = psycopg.connect(self._url, autocommit=True)
        for channel in self._channels:
            self._connection.execute(f'LISTEN "{channel}"')

    def _heard(self, timeout_seconds: float) -> list[tuple[str, str]]:
        assert self._connection is not None
        ready = select.poll()
        for descriptor in (self._connection.fileno(), self._woken):
            ready.register(descriptor, select.POLLIN)
        happened = {descriptor for descriptor, _ in ready.poll(timeout_seconds * 1000)}
        if self._woken in happened:
            os.read(self._woken, 1)
        heard = [(note.channel, note.payload) for note in self._connection.notifies(timeout=0)]
        if not heard and happened - {self._woken}:
            self._connection.execute("SELECT")  # something came that was no notification: perhaps the end
        return heard

    def _disconnect(self) -> None:
        if self._connection is not None:
            self._connection.close()
        self._connection = None

    def close(self) -> None:
        """Let go of the connection, for good."""
        self._disconnect()
        os.close(self._woken)
        os.close(self._waker)
