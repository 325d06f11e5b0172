"""A host that loses power lets go of what it held, since the server asks whether it is still there."""

import secrets
from dataclasses import replace

import pytest

from domain.adapters import embedded_postgres, open_adapters
from domain.adapters.connecting import connect
from domain.adapters.embedded import open_postgres
from tests.servers import temporary_home
from workers.broker import open_broker
from workers.dispatch import Dispatcher

SHOWN = [("10",), ("5",), ("3",)]


@pytest.fixture
def by_network(settings, monkeypatch):
    """Settings with a server that is reached as over a network: a socket of the same machine has no such thing."""
    address = f"127.{secrets.randbelow(200) + 20}.0.2"
    listening = embedded_postgres.CONFIGURATION.replace("listen_addresses = ''", f"listen_addresses = '{address}'")
    monkeypatch.setattr(embedded_postgres, "CONFIGURATION", listening)
    with temporary_home() as home:
        server = open_postgres(home)
        try:
            yield replace(settings, database_url=f"postgresql://mistudio@{address}/mistudio")
        finally:
            server.stop()


def shown(connection):
    names = ("tcp_keepalives_idle", "tcp_keepalives_interval", "tcp_keepalives_count")
    return [connection.execute(f"SHOW {name}").fetchone() for name in names]


@pytest.mark.slow
def test_the_server_asks_after_whoever_holds_a_lock_or_a_transaction(by_network):
    adapters = open_adapters(by_network)
    dispatcher = Dispatcher(adapters, open_broker(by_network.redis_url))
    try:
        for pool in (adapters.pool, adapters.appends, adapters.reads):
            with pool.connection() as connection:
                assert shown(connection) == SHOWN
        assert dispatcher._elected()
        assert shown(dispatcher._leader) == SHOWN
        with connect(by_network.database_url) as rebuilding:
            assert shown(rebuilding) == SHOWN
    finally:
        dispatcher.resign()
        adapters.close()
