"""Who takes which piece how often, counted by the database of a service while it runs."""

from collections import Counter

import psycopg

from domain.adapters.embedded import Postgres
from tests.end_to_end.service import Service

NOTE = """
CREATE TABLE takings (job_id uuid, piece text, stage int, fence bigint);
CREATE FUNCTION note_taking() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN INSERT INTO takings VALUES (NEW.job_id, NEW.piece, NEW.stage, NEW.fence); RETURN NULL; END $$;
CREATE TRIGGER note_taking AFTER UPDATE ON pieces FOR EACH ROW
    WHEN (NEW.fence IS DISTINCT FROM OLD.fence) EXECUTE FUNCTION note_taking();
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
