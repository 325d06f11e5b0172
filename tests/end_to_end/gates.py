"""Work that comes no further than a test lets it, however long anybody stands still meanwhile: it waits for a lock in
the database of the service."""

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psycopg

from api.ids import key_of
from domain.adapters.embedded import Postgres
from domain.adapters.pieces import WORK
from tests.end_to_end.service import Service, until
from tests.end_to_end.takings import Takings, send_signal

# None that the product has; each time that a gate is shut it is by the next.
FIRST_LOCK = 1_999_001
GATE = """
CREATE OR REPLACE FUNCTION wait_at_gate() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF ({shut}) THEN PERFORM pg_advisory_xact_lock_shared({lock}); END IF;
    RETURN NEW;
END $$
"""
IS_THERE = "SELECT 1 FROM pg_trigger WHERE tgname = 'gate'"
BEGINS = "NEW.fence IS DISTINCT FROM OLD.fence"
ENDS = "NEW.done_at IS DISTINCT FROM OLD.done_at"
PUT_THERE = f"""
CREATE TRIGGER gate BEFORE UPDATE ON pieces FOR EACH ROW WHEN ({BEGINS} OR {ENDS}) EXECUTE FUNCTION wait_at_gate()
"""
OF_WORK = f"NEW.stage = {WORK}"


class Gate:
    """Nobody begins or ends a piece, NEW, where `shut` is true. Who waits goes on once it is open or shut otherwise."""

    def __init__(self, service: Service) -> None:
        self._connection = psycopg.connect(Postgres(service.home).url, autocommit=True)
        self._lock, self._is_shut = FIRST_LOCK, False
        if not self._connection.execute(IS_THERE).fetchone():
            self._connection.execute(GATE.format(shut="false", lock=self._lock))
            self._connection.execute(PUT_THERE)

    def shut(self, shut: str) -> None:
        self._connection.execute("SELECT pg_advisory_lock(%s)", (self._lock + 1,))
        self._connection.execute(GATE.format(shut=shut, lock=self._lock + 1))
        self.open()
        self._lock, self._is_shut = self._lock + 1, True

    def open(self) -> None:
        if self._is_shut:
            self._connection.execute("SELECT pg_advisory_unlock(%s)", (self._lock,))
        self._is_shut = False

    def close(self) -> None:
        """It is opened too, by the end of the connection."""
        self._connection.close()


@contextmanager
def gate(service: Service, shut: str) -> Iterator[None]:
    """It is open again after the block."""
    made = Gate(service)
    try:
        made.shut(shut)
        yield
    finally:
        made.close()


def of_dataset(dataset_id: str) -> str:
    """No work on it is begun. It is named by its global id."""
    return f"{BEGINS} AND NEW.dataset_id = '{key_of('Dataset', dataset_id)}'"


def beyond(done: str) -> str:
    """No work of a job is begun once so many pieces are finished: a number, or what is told of `count(*)`, of all."""
    query = f"SELECT count(done_at) >= {done} FROM pieces WHERE job_id = NEW.job_id AND stage = {WORK}"
    return f"{BEGINS} AND {OF_WORK} AND ({query})"


def stop_with_a_piece_in_hand(
    service: Service, takings: Takings, dataset_id: str, begin: Callable[[], str]
) -> tuple[str, list[int]]:
    """The key of the job that is begun, and the children: stopped while one has a piece of its work in hand, another of
    which is finished."""
    with gate(service, f"{of_dataset(dataset_id)} AND {beyond('1')}"):
        job = begin()
        until(lambda: takings.done(job, WORK)[0] > 0)
        stopped = service.children()
        send_signal(stopped, signal.SIGSTOP)
    until(lambda: takings.held(job))
    return job, stopped
