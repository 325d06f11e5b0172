"""The whole service as a user has it: `mistudio up` in a home of its own, spoken to over HTTP and WebSocket alone."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any

import httpx
from websockets.sync.client import ClientConnection, connect

from tests.hub import Hub
from tests.ports import free_port
from tests.servers import temporary_home

# For what comes sooner or later: a machine may have much else to do.
PATIENCE_SECONDS = 240
STOPPED_WITHIN_SECONDS = 60
AGAIN_AFTER_SECONDS = 0.2


class Service:
    """One `mistudio up`. `environ` is added to a clean environment."""

    def __init__(self, home: Path, environ: Mapping[str, str]) -> None:
        self.home = home
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        keep = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
        self._environ = keep | dict(environ) | {"MISTUDIO_HOME": str(home), "MISTUDIO_PORT": str(self.port)}
        self._process: subprocess.Popen[bytes] | None = None
        self.output: IO[bytes] | None = None  # where it says what it does; None: where the tests do
        self.client = httpx.Client(base_url=self.url, timeout=30)

    @property
    def pid(self) -> int:
        """The process of `mistudio up`."""
        assert self._process is not None
        return self._process.pid

    def start(self) -> float:
        """Seconds until the service was ready."""
        began = time.monotonic()
        self._process = subprocess.Popen([sys.executable, "-m", "api.cli", "up"], env=self._environ, stdout=self.output)
        until(self.is_ready)
        return time.monotonic() - began

    def is_ready(self) -> bool:
        try:
            return self.client.get("/health/ready").status_code == httpx.codes.OK
        except httpx.TransportError:
            return False

    def stop(self) -> int:
        """Ctrl-C; the exit code."""
        assert self._process is not None
        self._process.send_signal(signal.SIGINT)
        return self._process.wait(STOPPED_WITHIN_SECONDS)

    def reap(self) -> None:
        """`mistudio up` was killed: the kernel may forget it."""
        assert self._process is not None
        self._process.wait(STOPPED_WITHIN_SECONDS)

    def close(self) -> None:
        self.client.close()
        if self._process is not None and self._process.poll() is None:
            self.stop()

    def processes(self, *words: str) -> list[int]:
        """The pids below this service whose command line has all the words."""
        assert self._process is not None
        below = descendants(self._process.pid)
        return [pid for pid in below if all(word in command_line(pid) for word in words)]

    def workers(self) -> list[int]:
        return [pid for pid in self.processes("-m", "workers") if "workers" in command_line(pid)[2:3]]

    def children(self) -> list[int]:
        return self.processes("-m", "workers.child")

    def dispatchers(self) -> list[int]:
        return self.processes("-m", "workers.dispatch")

    def answerers(self) -> list[int]:
        return self.processes("-m", "workers.questions")

    def apis(self) -> list[int]:
        return self.processes("-m", "api.cli", "api")

    def command(self, *words: str) -> "subprocess.CompletedProcess[str]":
        """What `mistudio` of these words says, as a person on this machine runs it beside the service."""
        arguments = [sys.executable, "-m", "api.cli", *words]
        return subprocess.run(arguments, env=self._environ, capture_output=True, text=True, check=False)

    @contextmanager
    def starting_nobody(self) -> Iterator[None]:
        """Until the block ends who is killed stays away."""
        os.kill(self.pid, signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(self.pid, signal.SIGCONT)

    def ask(self, document: str, **variables: Any) -> dict[str, Any]:
        """The data of a query or mutation; errors are an assertion. A query is asked again where nothing is wrong but
        the moment, as clients do."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            body = self.client.post("/graphql", json={"query": document, "variables": variables}).json()
            is_again = {error["extensions"]["code"] for error in body.get("errors", ())} == {"TRY_AGAIN"}
            if not is_again or document.lstrip().startswith("mutation") or time.monotonic() > deadline:
                break
            time.sleep(AGAIN_AFTER_SECONDS)
        assert "errors" not in body, body
        data: dict[str, Any] = body["data"]
        return data

    @contextmanager
    def subscribe(self, document: str, **variables: Any) -> Iterator[Iterator[dict[str, Any]]]:
        """The results of a subscription, as they come."""
        address = f"ws://127.0.0.1:{self.port}/graphql"
        with connect(address, subprotocols=["graphql-transport-ws"], max_size=None) as socket_:  # type: ignore[list-item]
            _send(socket_, type="connection_init")
            assert json.loads(socket_.recv(10))["type"] == "connection_ack"
            _send(socket_, id="1", type="subscribe", payload={"query": document, "variables": variables})
            yield _results(socket_)


@contextmanager
def serving(hub: Hub, **settings: str) -> Iterator[Service]:
    """A service in a home of its own that reads from the Hub, and soon misses a worker that is gone."""
    with temporary_home() as home:
        running = Service(home, {**hub.environment(home), "MISTUDIO_LEASE_SECONDS": "4", **settings})
        try:
            running.start()
            yield running
        finally:
            running.close()


def _send(socket_: ClientConnection, **message: Any) -> None:
    socket_.send(json.dumps(message))


def _results(socket_: ClientConnection, patience_seconds: float = PATIENCE_SECONDS) -> Iterator[dict[str, Any]]:
    while True:
        message = json.loads(socket_.recv(patience_seconds))
        if message["type"] == "ping":
            _send(socket_, type="pong")
        elif message["type"] == "next":
            assert "errors" not in message["payload"], message
            yield message["payload"]["data"]
        else:
            assert message["type"] == "complete", message
            return


def until(happened: Callable[[], Any], seconds: float = PATIENCE_SECONDS) -> None:
    """Wait for it; an assertion when it does not come."""
    deadline = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < deadline, f"not within {seconds} s"
        time.sleep(0.05)


def command_line(pid: int) -> list[str]:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text().split("\0")
    except (FileNotFoundError, ProcessLookupError):
        return []


def descendants(pid: int) -> list[int]:
    """All processes below `pid`."""
    parents: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
            except (FileNotFoundError, ProcessLookupError):
                continue
            if fields[0] != "Z":
                parents.setdefault(int(fields[1]), []).append(int(entry.name))
    found, todo = [], [pid]
    while todo:
        below = parents.get(todo.pop(), [])
        found += below
        todo += below
    return found


def kill(pid: int) -> None:
    """kill -9 of a process that this suite started; a child of one that was killed just before may be gone with it."""
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
