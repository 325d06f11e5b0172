"""Fixtures of the whole suite: real servers once a session, a database of its own for each test."""

import gc
from collections.abc import Iterator
from dataclasses import replace
from itertools import chain
from pathlib import Path

import hypothesis
import pytest
import redis

from api.migrating import migrate
from domain.adapters import Adapters, open_adapters
from domain.adapters.settings import Settings, read_settings
from tests.servers import Servers, fresh_database, give_back, start_servers, temporary_home

# What serves HTTP, runs whole jobs or starts servers of its own is left to `make test`.
SLOW_FIXTURES = {"api", "serve", "served", "hub", "bench"}

# A loaded machine is no fault of what is tested.
hypothesis.settings.register_profile("suite", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow])
hypothesis.settings.load_profile("suite")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--every-case", action="store_true", help="also the cases that are left out of `sampled` tests")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    for item in items:
        if SLOW_FIXTURES & set(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.slow)
    if not config.getoption("every_case"):
        left_out = set(chain.from_iterable(left_out_of(cases) for cases in sampled_tests(items).values()))
        config.hook.pytest_deselected(items=[item for item in items if item in left_out])
        items[:] = [item for item in items if item not in left_out]


def sampled_tests(items: list[pytest.Item]) -> dict[str, list[pytest.Item]]:
    """The cases of each test that is marked so, in their order."""
    found: dict[str, list[pytest.Item]] = {}
    for item in items:
        if item.get_closest_marker("sampled"):
            found.setdefault(item.nodeid.partition("[")[0], []).append(item)
    return found


def left_out_of(cases: list[pytest.Item]) -> list[pytest.Item]:
    """All but the `sampled(n)` that are spread evenly from the first to the last. Of the product of two lists of one
    length that is the diagonal: each value of either is among them."""
    marker = cases[0].get_closest_marker("sampled")
    assert marker is not None
    [wanted] = marker.args
    step = (len(cases) - 1) / (wanted - 1)
    kept = {round(step * number) for number in range(wanted)}
    return [case for number, case in enumerate(cases) if number not in kept]


def pytest_collection_finish() -> None:
    """Thousands of tests and all that they import stay to the end: each look for garbage among them is lost time."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def servers() -> Iterator[Servers]:
    """Postgres and Valkey on files of a temporary home."""
    with temporary_home() as home:
        started = start_servers(home)
        try:
            yield started
        finally:
            started.stop()


@pytest.fixture
def database_url(servers: Servers) -> Iterator[str]:
    """A new, migrated database."""
    url = fresh_database(servers, migrate)
    yield url
    give_back(servers, url)


@pytest.fixture
def redis_url(servers: Servers) -> str:
    """The session's Valkey, emptied."""
    client = redis.Redis.from_url(servers.redis_url)
    client.flushall()
    client.close()
    return servers.redis_url


@pytest.fixture
def settings(database_url: str, redis_url: str, tmp_path: Path) -> Settings:
    """Settings of a home of its own on the session's servers."""
    own = read_settings({"MISTUDIO_HOME": str(tmp_path / "home")})
    return replace(own, database_url=database_url, redis_url=redis_url)


@pytest.fixture
def adapters(settings: Settings) -> Iterator[Adapters]:
    """The parts of a process with these settings."""
    opened = open_adapters(settings)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def shared_adapters(servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Adapters]:
    """The parts on one database for a module: for tests that mind nothing else in it."""
    url = fresh_database(servers, migrate)
    own = read_settings({"MISTUDIO_HOME": str(tmp_path_factory.mktemp("shared") / "home")})
    opened = open_adapters(replace(own, database_url=url, redis_url=servers.redis_url))
    yield opened
    opened.close()
    give_back(servers, url)
