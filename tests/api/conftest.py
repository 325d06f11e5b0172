"""The API on real servers: in a thread of the test's process, each with a database of its own."""

import asyncio
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
import uvicorn

from api.app import create_app
from api.server import server_config
from domain.adapters import Adapters
from domain.adapters.folders import INCOMING
from domain.adapters.settings import Settings
from tests.api.client import Client, until
from tests.api.uploads import files_below
from tests.end_to_end.service import descendants
from tests.end_to_end.takings import send_signal
from tests.servers import Servers, start_servers, temporary_home

NO_PAGES = Path(__file__).parent  # where nothing was built


class Served:
    """A running API."""

    def __init__(self, settings: Settings, pages: Path = NO_PAGES) -> None:
        self.listening = socket.socket()
        self.listening.bind(("127.0.0.1", 0))
        self.port = self.listening.getsockname()[1]
        self.server = uvicorn.Server(server_config(create_app(settings, pages), settings, log_level="warning"))
        self.thread = threading.Thread(target=self._run)
        self.thread.start()
        until(lambda: self.server.started or not self.thread.is_alive())
        self.client = Client(self.port)

    def _run(self) -> None:
        with asyncio.Runner(loop_factory=self.server.config.get_loop_factory()) as runner:
            self.loop = runner.get_loop()
            runner.run(self.server.serve(sockets=[self.listening]))

    def tasks(self) -> int:
        """How many tasks its loop has."""

        async def count() -> int:
            return len(asyncio.all_tasks())

        return asyncio.run_coroutine_threadsafe(count(), self.loop).result()

    def left(self) -> tuple[int, int, int]:
        """What subscribers hold: tasks, what they wait for, and connections."""
        feed = self.server.lifespan.state["shared"].feed
        return self.tasks(), feed.waiting, len(self.server.server_state.connections)

    def stop(self) -> None:
        self.client.close()
        self.server.should_exit = True
        self.thread.join()
        self.listening.close()


@pytest.fixture
def serve(settings: Settings) -> Callable[..., AbstractContextManager[Served]]:
    """Starts an API, with changes of its settings; one that is started again has the same database."""

    @contextmanager
    def started(**changes: object) -> Iterator[Served]:
        served = Served(replace(settings, **changes))  # type: ignore[arg-type]
        try:
            yield served
        finally:
            served.stop()

    return started


@pytest.fixture
def api(serve) -> Iterator[Client]:
    """A client of a running API."""
    with serve() as served:
        yield served.client


@pytest.fixture(scope="module")
def shared_api(shared_adapters: Adapters) -> Iterator[Client]:
    """A client of one API for a module, on the database of `shared_adapters`."""
    served = Served(shared_adapters.settings)
    yield served.client
    served.stop()


@pytest.fixture
def clean(shared_api: Client, shared_adapters: Adapters) -> Iterator[Client]:
    """The shared API, of which nothing may be left on disk and nothing in the log."""
    incoming = shared_adapters.storage / INCOMING
    until(lambda: not files_below(incoming))  # of those who asked before
    before, position = files_below(shared_adapters.storage), shared_api.ask("{ position }")
    yield shared_api
    until(lambda: not files_below(incoming))
    assert files_below(shared_adapters.storage) == before
    assert shared_api.ask("{ position }") == position


@pytest.fixture(scope="module")
def own_servers() -> Iterator[Servers]:
    """Servers that may be stopped."""
    with temporary_home() as home:
        started = start_servers(home)
        yield started
        started.stop()


@contextmanager
def hanging(pid: int) -> Iterator[None]:
    """A server, with all that it started, that does nothing and is there."""
    everybody = [pid, *descendants(pid)]
    send_signal(everybody, signal.SIGSTOP)
    try:
        yield
    finally:
        send_signal(everybody, signal.SIGCONT)
