"""A database that does not answer shows in three ways, by how it is asked; all of them are told apart from faults."""

from collections.abc import Callable

import psycopg
import pytest
from psycopg_pool import ConnectionPool
from sqlalchemy import create_engine

from domain.adapters.away import DATABASE_AWAY, is_cut
from tests.ports import deaf_port


def connect(address: str) -> None:
    psycopg.connect(f"postgresql://{address}/any")


def take(address: str) -> None:
    with (
        ConnectionPool(f"postgresql://{address}/any", min_size=0, max_size=1, open=True, timeout=0.1) as pool,
        pool.connection(),
    ):
        pass


def read(address: str) -> None:
    create_engine(f"postgresql+psycopg://{address}/any").connect()


@pytest.mark.parametrize("ask", [connect, take, read])
def test_a_database_that_does_not_answer_is_away(ask: Callable[[str], None]) -> None:
    with deaf_port() as port, pytest.raises(DATABASE_AWAY) as told:
        ask(f"127.0.0.1:{port}")
    assert is_cut(told.value)


@pytest.mark.parametrize(
    ("error", "is_one"),
    [
        (psycopg.errors.AdminShutdown(), True),
        (psycopg.errors.ProgramLimitExceeded(), False),
        (psycopg.errors.DiskFull(), False),
        (psycopg.errors.UniqueViolation(), False),
    ],
)
def test_an_error_that_postgres_answers_with_is_no_cut_unless_it_ends_the_connection(
    error: Exception, is_one: bool
) -> None:
    assert is_cut(error) is is_one
