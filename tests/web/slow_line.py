"""A line between a browser and the service that is slow towards the service, and can be cut."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

PIECE_BYTES = 16_384


class SlowLine:
    """Listens on `port` and hands on to another one, no faster than `bytes_per_second`; `cut()` ends all that is open,
    `mend()` lets others in again."""

    def __init__(self, to_port: int, bytes_per_second: int) -> None:
        self._to_port = to_port
        self.bytes_per_second = bytes_per_second
        self._open: list[socket.socket] = []
        self._is_cut = False
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listening.getsockname()[1])
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self) -> None:
        self._is_cut = True
        for end in self._open:
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
        self._open.clear()

    def mend(self) -> None:
        self._is_cut = False

    def close(self) -> None:
        self._listening.close()
        self.cut()

    def _accept(self) -> None:
        with suppress(OSError):  # it is closed
            while True:
                near, _ = self._listening.accept()
                if self._is_cut:
                    near.close()
                else:
                    self._lead_on(near)

    def _lead_on(self, near: socket.socket) -> None:
        """Where nobody listens at the other end, this one is closed."""
        try:
            far = socket.create_connection(("127.0.0.1", self._to_port))
        except ConnectionRefusedError:
            near.close()
        else:
            self._join(near, far)

    def _join(self, near: socket.socket, far: socket.socket) -> None:
        self._open += [near, far]
        for taken, given, wait in ((near, far, self._wait), (far, near, lambda: None)):
            threading.Thread(target=_hand_on, args=(taken, given, wait), daemon=True).start()

    def _wait(self) -> None:
        """For as long as a piece takes."""
        time.sleep(PIECE_BYTES / self.bytes_per_second)


@contextmanager
def slow_line(to_port: int, bytes_per_second: int) -> Iterator[SlowLine]:
    line = SlowLine(to_port, bytes_per_second)
    try:
        yield line
    finally:
        line.close()


def _hand_on(taken: socket.socket, given: socket.socket, wait: Callable[[], None]) -> None:
    with suppress(OSError), taken, given:
        while piece := taken.recv(PIECE_BYTES):
            given.sendall(piece)
            if len(piece) == PIECE_BYTES:
                wait()
