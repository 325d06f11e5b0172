"""A line to a server of this machine that is as slow as is wanted, and can be cut."""

import socket
import struct
import threading
import time
from contextlib import suppress
from typing import Self

BLOCK_BYTES = 16 * 1024
RESET = struct.pack("ii", 1, 0)  # closing sends RST: nobody says goodbye


class SlowLine:
    """Listens at `port`. What clients send comes through at `bytes_per_second` each."""

    def __init__(self, to_port: int, bytes_per_second: int) -> None:
        self._to_port = to_port
        self._bytes_per_second = bytes_per_second
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = self._listening.getsockname()[1]
        self._opened: set[socket.socket] = set()
        self._threads = [threading.Thread(target=self._accept)]
        self._threads[0].start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_raised: object) -> None:
        self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        self._threads[0].join()
        self.cut()
        for thread in self._threads:
            thread.join()

    def cut(self) -> None:
        """Every connection breaks."""
        for connection in list(self._opened):
            with suppress(OSError):
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
                connection.shutdown(socket.SHUT_RDWR)

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client = self._listening.accept()[0]
                try:
                    server = socket.create_connection(("127.0.0.1", self._to_port))
                except OSError:
                    client.close()
                    continue
                self._start(self._carry, client, server)

    def _carry(self, client: socket.socket, server: socket.socket) -> None:
        with client, server:
            self._opened |= {client, server}
            back = self._start(self._pump, server, client, 2**40)
            self._pump(client, server, self._bytes_per_second)
            back.join()
            self._opened -= {client, server}

    def _start(self, function, *arguments) -> threading.Thread:
        thread = threading.Thread(target=function, args=arguments)
        self._threads.append(thread)
        thread.start()
        return thread

    def _pump(self, source: socket.socket, target: socket.socket, bytes_per_second: int) -> None:
        with suppress(OSError):
            while block := source.recv(BLOCK_BYTES):
                target.sendall(block)
                time.sleep(len(block) / bytes_per_second)
        for each in (source, target):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
