"""A Hub with repositories of English text and a tokenizer, and the service that reads from it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.end_to_end.service import Service, serving
from tests.hub import Hub
from tests.texts import english, english_lines
from tests.tokenizers import save_bpe

# of each of the two files of `train`; `test` has a quarter of it
ROWS = 2_000
NAMES = (
    "english",
    "worker",
    "child",
    "dispatcher",
    "api",
    "postgres",
    "redis",
    "restart",
    "recipe",
    "outputs",
    "plans",
    "logs",
    "operating",
    "trash",
    "indexes",
)


@pytest.fixture(scope="session")
def hub_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Repositories of one name for each test that needs a dataset of its own, and the tokenizer `acme/bpe`."""
    folder = tmp_path_factory.mktemp("hub")
    for name in NAMES:
        english(folder, f"acme/{name}", rows=ROWS)
    english_lines(folder, rows=ROWS)
    save_bpe(folder / "models" / "acme" / "bpe")
    return folder


@pytest.fixture(scope="session")
def hub(hub_folder: Path) -> Iterator[Hub]:
    with Hub(hub_folder) as running:
        yield running


@pytest.fixture
def gentle_hub(hub: Hub) -> Iterator[Hub]:
    """The Hub; throttles and faults of a test end with it."""
    yield hub
    hub.throttle(None)
    hub.heal()


@pytest.fixture(scope="session")
def shared_service(hub: Hub) -> Iterator[Service]:
    """A service for the modules that mind nothing else in it, with small pieces: each has a repository of its own."""
    with serving(hub, MISTUDIO_SHARD_BYTES="100000", MISTUDIO_INDEX_PART_BYTES="100000") as running:
        yield running


@pytest.fixture(scope="module")
def service(hub: Hub) -> Iterator[Service]:
    """A service for the tests of a module, with small shards."""
    with serving(hub, MISTUDIO_SHARD_BYTES="100000") as running:
        yield running
