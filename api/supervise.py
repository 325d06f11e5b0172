"""`mistudio up`: starts the servers and rooms of one home, keeps them alive, and stops exactly those."""

import errno
import fcntl
import http.client
import os
import signal
import socket
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import FrameType
from urllib.parse import urlsplit

from api.children import Child, Kept, Program, tell
from domain.adapters.embedded import EmbeddedError, Postgres, Server, Valkey
from domain.adapters.embedded_home import open_home
from domain.adapters.processes import SUPERVISOR_VARIABLE, wait_until
from domain.adapters.settings import Settings

TICK_SECONDS = 0.05
STARTS = 6  # of a server that never answered, before `up` gives up
GRACE_SECONDS = 8.0
PORT_WAIT_SECONDS = 3.0  # an API whose supervisor was killed lets go of it within moments
PROBE_SECONDS = 1.0
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


MIGRATE = Program("migrate", (sys.executable, "-m", "api.cli", "migrate"))
VARIABLES = {Postgres.name: "MISTUDIO_DATABASE_URL", Valkey.name: "MISTUDIO_REDIS_URL"}


class CannotStart(Exception):  # noqa: N818  what happened, for the reader at the terminal
    """`up` ends without having become ready; the message says why."""


def rooms(settings: Settings) -> list[Program]:
    """What `mistudio up` keeps running: one API, the workers, the dispatcher, and who answers questions."""
    workers = [f"worker-{number}" for number in range(1, settings.workers + 1)]
    return [
        Program("api", (sys.executable, "-m", "api.cli", "api")),
        *(Program(name, (sys.executable, "-m", "workers")) for name in workers),
        Program("dispatch", (sys.executable, "-m", "workers.dispatch")),
        Program("questions", (sys.executable, "-m", "workers.questions")),
    ]


def up(settings: Settings, programs: Sequence[Program] | None = None, first: Sequence[Program] = (MIGRATE,)) -> int:
    """Run until a signal asks to stop; the exit code. Each of `first` must succeed before `programs` are started."""
    try:
        with _lock(settings):
            return Supervisor(settings, rooms(settings) if programs is None else programs, first).run()
    except (CannotStart, EmbeddedError) as wrong:
        tell(str(wrong))
        return 1


@contextmanager
def _lock(settings: Settings) -> Iterator[None]:
    """Hold the home against a second `up`. The kernel lets go of it with the process, however that ends."""
    with (open_home(settings.home) / "up.lock").open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            raise CannotStart(f"miStudio Datasets already runs on {settings.home}: {file.read().strip()}.") from None
        file.truncate(0)
        file.write(f"process {os.getpid()}, at {settings.address}")
        file.flush()
        yield


class Supervisor:
    """Starts, keeps and stops the parts of one home, all in the main thread.

    The kernel ends a child when the *thread* that started it ends (PR_SET_PDEATHSIG), so no other thread may.
    """

    def __init__(self, settings: Settings, programs: Sequence[Program], first: Sequence[Program]) -> None:
        self._settings = settings
        self._programs = programs
        self._first = first
        self._servers: list[Server] = []
        self._children: list[Child] = []
        self._kept: list[Kept] = []
        self._stopping = False

    def run(self) -> int:
        before = {number: signal.signal(number, self._ask_to_stop) for number in STOP_SIGNALS if _is_heard(number)}
        try:
            self._wait_for_port()
            self._start_servers()
            self._run_first()
            self._start_programs()
            self._watch()
        finally:
            self._stop()
            for number, handler in before.items():
                signal.signal(number, handler)
        return 0

    def _ask_to_stop(self, _number: int, _frame: FrameType | None) -> None:
        self._stopping = True

    def _wait_for_port(self) -> None:
        host, port = self._settings.host, self._settings.port
        if not wait_until(lambda: self._stopping or _is_free(host, port), PORT_WAIT_SECONDS):
            raise CannotStart(f"Port {port} of {host} is in use by another program: choose another MISTUDIO_PORT.")

    def _start_servers(self) -> None:
        """Embedded servers for the URLs that were not given: adopted where they still run, else launched."""
        if self._settings.database_url is None:
            self._servers.append(Postgres(self._settings.home))
        if self._settings.redis_url is None:
            self._servers.append(Valkey(self._settings.home))
        for server in self._servers:
            if not server.adopt():
                server.launch()
            self._kept.append(Kept(server.name, server))
        while not self._stopping and not all(server.answers() for server in self._servers):
            self._tick()
            for kept in self._kept:
                if kept.ends >= STARTS:
                    raise CannotStart(f"{kept.name} does not start: {kept.part.last_words()}")

    def _run_first(self) -> None:
        for program in self._first:
            if self._stopping:
                return
            child = self._launch(program)
            while child.alive() and not self._stopping:
                self._tick()
            if not child.succeeded() and not self._stopping:
                raise CannotStart(f"{program.name} {child.last_words()} (logs/{program.name}.log)")

    def _start_programs(self) -> None:
        for program in self._programs:
            if not self._stopping:
                self._kept.append(Kept(program.name, self._launch(program)))

    def _launch(self, program: Program) -> Child:
        child = Child(program, self._settings.home.resolve(), self._environment())
        self._children.append(child)
        child.launch()
        return child

    def _environment(self) -> dict[str, str]:
        urls = {VARIABLES[server.name]: server.url for server in self._servers}
        ours = {SUPERVISOR_VARIABLE: str(os.getpid()), "PYTHONUNBUFFERED": "1"}
        return {**os.environ, **self._settings.environment(), **urls, **ours}

    def _watch(self) -> None:
        ready = False
        while not self._stopping:
            self._tick()
            if not ready and all(kept.part.alive() for kept in self._kept) and _is_ready(self._settings.address):
                ready = True
                address = self._settings.address
                tell(
                    f"miStudio Datasets is ready at {address} (GraphQL: {address}/graphql, home: {self._settings.home})"
                )

    def _tick(self) -> None:
        for kept in self._kept:
            kept.tick()
        time.sleep(TICK_SECONDS)

    def _stop(self) -> None:
        """Whoever uses a server goes before it; the messages go before the memory."""
        for child in self._children:
            child.ask_to_stop()
        wait_until(lambda: not any(child.alive() for child in self._children), GRACE_SECONDS)
        for child in self._children:
            child.kill()
        for server in reversed(self._servers):
            server.stop()


def _is_heard(number: signal.Signals) -> bool:
    """Under `nohup` the end of the terminal is not to be heard."""
    return number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN


def _is_free(host: str, port: int) -> bool:
    """Whether nobody listens there. Raises CannotStart when nobody could."""
    try:
        family, kind, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as wrong:
        if wrong.errno == errno.EADDRINUSE:
            return False
        raise CannotStart(
            f"The API cannot listen on port {port} of {host} ({wrong.strerror}): see MISTUDIO_HOST and MISTUDIO_PORT."
        ) from wrong
    return True


def _is_ready(address: str) -> bool:
    where = urlsplit(address)
    connection = http.client.HTTPConnection(str(where.hostname), where.port, timeout=PROBE_SECONDS)
    try:
        connection.request("GET", "/health/ready")
        return connection.getresponse().status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
