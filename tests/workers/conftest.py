"""Fixtures of the workers' tests."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from domain.adapters import Adapters
from tests.hub import Hub
from tests.workers.bench import Bench
from tests.workers.fetching import Place, serve_big
from tests.workers.hub_bench import HubBench
from tests.workers.layouts import write_layouts
from tests.workers.tokenization import SPLITS, save_splits, save_tokenizers
from workers.child import Child


@pytest.fixture(scope="module")
def child() -> Iterator[Child]:
    """The child that the service has, one for all tests of a module: each would load the heavy libraries anew."""
    made = Child()
    yield made
    made.close()


@pytest.fixture
def bench(adapters: Adapters) -> Iterator[Bench]:
    """One dispatcher and one worker, driven by hand."""
    made = Bench(adapters)
    yield made
    made.close()


@pytest.fixture
def hub_bench(adapters: Adapters, child: Child) -> Iterator[HubBench]:
    """The same, with all that brings datasets here and makes them ready."""
    made = HubBench(adapters, child)
    yield made
    made.close()


@pytest.fixture(scope="module")
def empty_hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    """A Hub whose repositories the tests write."""
    with Hub(tmp_path_factory.mktemp("hub")) as hub:
        yield hub


@pytest.fixture(scope="module")
def big_hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    """A Hub with a file of several chunks."""
    with serve_big(tmp_path_factory.mktemp("hub")) as hub:
        yield hub


@pytest.fixture(scope="module")
def layouts_hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    """A Hub with repositories of every layout."""
    root = tmp_path_factory.mktemp("hub")
    write_layouts(root)
    with Hub(root) as hub:
        yield hub


@pytest.fixture
def endpoint(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The module's `hub` is where this process looks; it is whole again afterwards."""
    monkeypatch.setenv("HF_ENDPOINT", hub.url)
    monkeypatch.delenv("HF_TOKEN", raising=False)
    hub.requests.clear()
    yield
    hub.heal()
    hub.throttle(None)


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """Where the fences of one piece put their files."""
    return Place(tmp_path / "pieces")


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tokenizers of the tests, as folders below it."""
    return save_tokenizers(tmp_path_factory.mktemp("tokenizers"))


@pytest.fixture(scope="module")
def ingested(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three splits, one without rows, with a column of numbers."""
    folder = tmp_path_factory.mktemp("ingested") / "dataset"
    save_splits(folder, SPLITS)
    return folder
