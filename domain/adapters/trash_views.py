"""What is read of the trash: whose time there is over, by the clock of the database."""

from sqlalchemy import Engine, text

EXPIRED = """
SELECT id::text, version FROM datasets
WHERE status = 'TRASHED' AND trashed_at <= clock_timestamp() - make_interval(days => :days)
ORDER BY trashed_at, id LIMIT :most
"""


def expired_view(engine: Engine, days: int, most: int) -> list[tuple[str, int]]:
    """(id, version) of the datasets that have been in the trash for so many days, `most` of them at most."""
    with engine.connect() as connection:
        found = connection.execute(text(EXPIRED), {"days": days, "most": most}).all()
    return [(row.id, row.version) for row in found]
