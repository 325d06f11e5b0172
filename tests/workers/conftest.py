"""Fixtures of the workers' tests."""

from collections.abc import Iterator

import pytest

from domain.adapters import Adapters
from tests.workers.bench import Bench


@pytest.fixture
def bench(adapters: Adapters) -> Iterator[Bench]:
    """One dispatcher and one worker, driven by hand."""
    made = Bench(adapters)
    yield made
    made.close()
