"""Who takes which piece how often, counted by the database of a service while it runs, and killing in its middle."""

import os
import signal
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

import psycopg
from psycopg.rows import TupleRow

from domain.adapters.embedded import Postgres
from tests.end_to_end.service import Service, until

NOTE = """
CREATE TABLE takings (job_id uuid, piece text, stage int, fence bigint, holder text);
CREATE FUNCTION note_taking() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN INSERT INTO takings VALUES (NEW.job_id, NEW.piece, NEW.stage, NEW.fence, NEW.holder); RETURN NULL; END $$;
CREATE TRIGGER note_taking AFTER UPDATE ON pieces FOR EACH ROW
    WHEN (NEW.fence IS DISTINCT FROM OLD.fence) EXECUTE FUNCTION note_taking();
"""

# Whoever waits for a lock waits for one of these, or for one who goes on later.
AT_WORK = """
SELECT count(*) > 0, coalesce(bool_or(state <> 'active' AND clock_timestamp() - state_change > '0.3 s'), false)
FROM pg_stat_activity a WHERE datname = current_database() AND pid <> pg_backend_pid()
    AND backend_type = 'client backend' AND state IN ('active', 'idle in transaction')
    AND NOT EXISTS (SELECT 1 FROM pg_locks l WHERE l.pid = a.pid AND NOT l.granted)
"""


class Takings:
    """The ledger forgets a run once it is over; what was noted of it stays."""

    def __init__(self, service: Service) -> None:
        self._connection = psycopg.connect(Postgres(service.home).url, autocommit=True)

    def begin(self) -> None:
        """Note from now on."""
        self._connection.execute(NOTE)

    def close(self) -> None:
        self._connection.close()

    def of(self, job: str, stage: int) -> Counter[str]:
        """How often each piece of this stage was begun."""
        query = "SELECT piece FROM takings WHERE job_id = %s AND stage = %s"
        return Counter(row[0] for row in self._connection.execute(query, (job, stage)))

    def by(self, holder: str, job: str, stage: int) -> list[str]:
        """The pieces of this stage that holders with this text in their name have begun, in order."""
        query = (
            "SELECT piece FROM takings WHERE position(%s IN holder) > 0 AND job_id = %s AND stage = %s ORDER BY fence"
        )
        return [row[0] for row in self._connection.execute(query, (holder, job, stage))]

    def held(self, job: str) -> list[str]:
        """The pieces that are in hand now."""
        query = "SELECT piece FROM pieces WHERE job_id = %s AND holder IS NOT NULL AND done_at IS NULL"
        return [row[0] for row in self._connection.execute(query, (job,))]

    def done(self, job: str, stage: int) -> tuple[int, int]:
        """How many pieces of this stage are finished, of how many."""
        query = "SELECT count(done_at), count(*) FROM pieces WHERE job_id = %s AND stage = %s"
        row = self._connection.execute(query, (job, stage)).fetchone()
        assert row
        return row[0], row[1]

    def wait_for(self, job: str, stage: int, share: float, seconds: float = 60) -> None:
        """Until so much of this stage is finished and some of it is in hand."""
        deadline = time.monotonic() + seconds
        while not self._is_under_way(job, stage, share):
            assert time.monotonic() < deadline, f"not within {seconds} s"
            time.sleep(0.002)

    def _is_under_way(self, job: str, stage: int, share: float) -> bool:
        done, pieces = self.done(job, stage)
        return 0 < pieces * share <= done < pieces and bool(self.held(job))


def stand_still(service: Service) -> Callable[[], None]:
    """Workers and children are stopped, and what was on its way to the database has arrived.

    What is returned has those go on that are still there.
    """
    with psycopg.connect(Postgres(service.home).url, autocommit=True) as connection:
        while True:
            everybody = service.workers() + service.children()
            send_signal(everybody, signal.SIGSTOP)
            time.sleep(0.1)  # what was sent is being done
            if _comes_to_rest(connection):
                return lambda: send_signal(everybody, signal.SIGCONT)
            send_signal(everybody, signal.SIGCONT)


def _comes_to_rest(connection: psycopg.Connection[TupleRow]) -> bool:
    """Wait for all that the database is doing; False: somebody was stopped before the end of a transaction."""
    while True:
        row = connection.execute(AT_WORK).fetchone()
        assert row
        is_at_work, is_stopped = row
        if not is_at_work or is_stopped:
            return not is_stopped
        time.sleep(0.01)


def kill_for_good(victims: Sequence[int]) -> None:
    """Who looks for them afterwards finds them dead, not dying."""
    send_signal(victims, signal.SIGKILL)
    until(lambda: not any(map(lives, victims)))


def kill_while_all_stand_still(service: Service, victims: Sequence[int]) -> Callable[[], None]:
    """What is returned has the others go on."""
    go_on = stand_still(service)
    kill_for_good(victims)
    return go_on


def lives(pid: int) -> bool:
    """Whether a process still runs, and is no mere remains."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in ("Z", "X")
    except (FileNotFoundError, ProcessLookupError):
        return False


def send_signal(pids: Sequence[int], number: int) -> None:
    """To all of them that are there."""
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, number)
