"""How each process of this room begins and ends: its log, its settings, the schema it knows, and what it has open."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

from domain.adapters import Adapters, open_adapters
from domain.adapters.logs import begin_logging
from domain.adapters.processes import die_with_parent
from domain.adapters.schema_version import wait_for_schema
from domain.adapters.settings import read_settings


@contextmanager
def begin(process: str, connections: int) -> Iterator[Adapters]:
    """On the servers that the environment names, with so many connections to Postgres at most; `process` is what logs
    call it."""
    die_with_parent()
    begin_logging(process)
    settings = read_settings(os.environ)
    assert settings.database_url, "the caller names the database"
    assert settings.redis_url, "the caller names the server"
    wait_for_schema(settings.database_url)
    adapters = open_adapters(settings, connections)
    try:
        yield adapters
    finally:
        adapters.close()
