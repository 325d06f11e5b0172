"""Whether the process lives, and whether all that it needs does: two questions, two answers."""

from dataclasses import replace

import pytest

from api.migrating import migrate
from tests.api.client import until
from tests.api.conftest import Served, hanging
from tests.servers import fresh_database

POSITION = {"query": "{ position }"}


@pytest.fixture
def api(own_servers, settings):
    url = fresh_database(own_servers, migrate)
    served = Served(replace(settings, database_url=url, redis_url=own_servers.redis_url))
    yield served.client
    served.stop()


def health(api):
    """Whether it lives, and what is missing."""
    live, ready = api.http.get("/health/live"), api.http.get("/health/ready")
    missing = ready.json()["missing"]
    assert ready.json() == {"ready": not missing, "missing": missing}
    assert (live.json(), ready.status_code) == ({"live": True}, 503 if missing else 200)
    return missing


def test_a_server_that_is_stopped_is_named_while_the_process_lives(own_servers, api):
    assert health(api) == []
    for server in (own_servers.valkey, own_servers.postgres):
        server.stop()
        assert health(api) == [{"valkey": "redis"}.get(server.name, server.name)]
        server.start()
        until(lambda: health(api) == [])
    assert api.http.post("/graphql", json=POSITION).status_code == 200


def test_a_server_that_hangs_is_named_in_time_however_often_it_is_asked_for(own_servers, api):
    with hanging(own_servers.valkey.pid):
        assert [health(api) for _ in range(3)] == [["redis"]] * 3
        assert api.ask("{ position }")
    until(lambda: health(api) == [])
