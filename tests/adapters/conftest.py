"""A home of its own for servers that a test starts, and the end of those that it forgets."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.adapters.embedded_servers import Kept
from tests.servers import temporary_home


@pytest.fixture
def home() -> Iterator[Path]:
    with temporary_home() as path:
        yield path


@pytest.fixture
def opened(home: Path) -> Iterator[Kept]:
    kept = Kept()
    yield kept
    for server in reversed(kept.servers):
        server.stop()
