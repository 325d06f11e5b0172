"""A Hub with a dataset of many small shards, and a service for the tests of a module that pull its plugs."""

import os
import random
from collections.abc import Iterator

import pytest

from tests.end_to_end.service import Service
from tests.end_to_end.takings import Takings
from tests.hub import Hub
from tests.servers import temporary_home
from tests.texts import english
from tests.tokenizers import save_bpe

# of each of the two files of `train`; `test` has a quarter of it
ROWS = 1_200
SHARDS = {"MISTUDIO_SHARD_BYTES": "20000", "MISTUDIO_LEASE_SECONDS": "4"}


@pytest.fixture
def chance() -> random.Random:
    """CHAOS_SEED=<number> chooses other moments."""
    seed = int(os.environ.get("CHAOS_SEED") or 1)
    print(f"CHAOS_SEED={seed}")
    return random.Random(seed)


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """With `acme/chaos` and the tokenizer `acme/bpe` on its Hub."""
    folder = tmp_path_factory.mktemp("hub")
    english(folder, "acme/chaos", rows=ROWS)
    save_bpe(folder / "models" / "acme" / "bpe")
    with Hub(folder) as hub, temporary_home() as home:
        running = Service(home, hub.environment(home) | SHARDS)
        try:
            running.start()
            yield running
        finally:
            running.close()


@pytest.fixture(scope="module")
def takings(service: Service) -> Iterator[Takings]:
    """From the start of the module on."""
    noted = Takings(service)
    noted.begin()
    yield noted
    noted.close()
