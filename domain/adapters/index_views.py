"""What is read of search indexes that are not whole: their finished parts, from the ledger of the run, and those that
nobody has asked for yet."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import BigInteger, Engine, Select, cast, func, select, text

from domain.adapters.folders import work_of
from domain.adapters.pieces import WORK
from domain.adapters.tables import pieces
from domain.adapters.views import Row

NEVER_INDEXED = """
SELECT id::text FROM datasets
WHERE index_status IS NULL AND status = 'READY' AND columns @> '[{"isText": true}]'
ORDER BY created_at, id LIMIT :most
"""


@dataclass(frozen=True, slots=True)
class IndexParts:
    """The finished parts of an index in the order of their rows, as absolute folders; `rows` stand in them, of which
    `indexed_rows` can be found. They were made with the language and the text column of the dataset's row."""

    folders: tuple[Path, ...] = ()
    rows: int = 0
    indexed_rows: int = 0


def index_parts_view(engine: Engine, storage: Path, row: Row) -> IndexParts:
    """What can be searched of the index that the dataset's newest INDEX job builds, for as long as no index is whole
    (`index_folder`). The folders go when the job ends: whoever finds one missing reads the dataset's row again."""
    if row["index_job_id"] is None:
        return IndexParts()
    with engine.connect() as connection:
        outcomes = connection.execute(_finished(row["index_job_id"])).scalars().all()
    work = work_of(storage, row["id"], row["index_job_id"])
    return IndexParts(
        folders=tuple(work / told["file"] for told in outcomes),
        rows=sum(told["rows"] for told in outcomes),
        indexed_rows=sum(told["indexed"] for told in outcomes),
    )


def _finished(job_id: str) -> Select[Any]:
    done = (pieces.c.job_id == job_id, pieces.c.stage == WORK, pieces.c.done_at.is_not(None))
    return select(pieces.c.outcome).where(*done).order_by(func.length(pieces.c.piece), pieces.c.piece)


def indexed_rows_view(engine: Engine, job_ids: Sequence[str]) -> dict[str, int]:
    """The rows that can be found in the finished parts of each INDEX job, by job; without those that have none."""
    indexed = func.sum(cast(pieces.c.outcome["indexed"].astext, BigInteger))
    done = (pieces.c.job_id.in_(job_ids), pieces.c.stage == WORK, pieces.c.done_at.is_not(None))
    with engine.connect() as connection:
        found = connection.execute(select(pieces.c.job_id, indexed).where(*done).group_by(pieces.c.job_id))
        return {job_id: int(rows) for job_id, rows in found.all()}


def never_indexed_view(engine: Engine, most: int) -> list[str]:
    """Ids of READY datasets with text whose index nobody has asked for, the oldest first: those that were READY before
    there were indexes, as long as they are in no trash."""
    with engine.connect() as connection:
        return list(connection.execute(text(NEVER_INDEXED), {"most": most}).scalars())
