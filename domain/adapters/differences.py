"""What the rebuilt tables hold otherwise than the live ones: found by Postgres, row by row."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from psycopg import Connection
from psycopg.rows import TupleRow, class_row
from psycopg.sql import SQL, Composable, Composed, Identifier

from domain.adapters.rebuilt_tables import Rebuilt

SHOWN_CHARACTERS = 80
SIDES = ("live", "rebuilt")

KEEP = (
    "CREATE TEMPORARY TABLE differences ("
    'kind text NOT NULL, "table" text NOT NULL, id text NOT NULL, "column" text, live text, rebuilt text)',
    'CREATE INDEX ON differences ("table", id)',
)

FIND = """
INSERT INTO differences
SELECT CASE WHEN live.{key} IS NULL THEN 'MISSING' WHEN rebuilt.{key} IS NULL THEN 'EXTRA' ELSE 'WRONG' END,
    {name}, coalesce(live.{key}, rebuilt.{key})::text, cells.name, cells.was, cells.told
FROM {pairs}
LEFT JOIN LATERAL (VALUES {cells}) cells (name, differs, was, told)
    ON cells.differs AND live.{key} IS NOT NULL AND rebuilt.{key} IS NOT NULL
WHERE (live.*) IS DISTINCT FROM (rebuilt.*)
"""

ALL = "{live} live FULL JOIN {beside} rebuilt ON live.{key} = rebuilt.{key}"

SOME = """
unnest(%(ids)s::{type}[]) asked (id)
LEFT JOIN {live} live ON live.{key} = asked.id LEFT JOIN {beside} rebuilt ON rebuilt.{key} = asked.id
"""

CELL = "({name}, live.{column} IS DISTINCT FROM rebuilt.{column}, {live}, {rebuilt})"

SHOWN = "left({side}.{column}::text, {most}) || CASE WHEN length({side}.{column}::text) > {most} THEN '…' ELSE '' END"

FORGET = 'DELETE FROM differences WHERE "table" = %s AND id = ANY (%s)'

COUNT = 'SELECT kind, count(DISTINCT ("table", id)) FROM differences GROUP BY kind'

FIRST = 'SELECT * FROM differences ORDER BY "table", id, "column" LIMIT %s'


class Kind(StrEnum):
    """How a live row differs from what the log says."""

    WRONG = "WRONG"
    MISSING = "MISSING"
    EXTRA = "EXTRA"


@dataclass(frozen=True, slots=True)
class Difference:
    """One row that is missing or extra among the live ones, or one wrong column of a row: the live and the rebuilt
    value as texts, cut to so many characters, None for NULL."""

    kind: str
    table: str
    id: str
    column: str | None
    live: str | None
    rebuilt: str | None


class Differences:
    """The differences found so far, in the session of the connection."""

    def __init__(self, connection: Connection[TupleRow]) -> None:
        self._connection = connection
        for statement in KEEP:
            connection.execute(statement)

    def compare(self, table: Rebuilt) -> None:
        """Find those of all rows of a table."""
        self._connection.execute(_find(table, ALL))

    def compare_rows(self, table: Rebuilt, ids: Sequence[str]) -> None:
        """Find those of some rows anew: what was found of them before no longer holds."""
        with self._connection.transaction():
            self._connection.execute(FORGET, (table.live, list(ids)))
            self._connection.execute(_find(table, SOME), {"ids": list(ids)})

    def counts(self) -> dict[Kind, int]:
        """Rows that differ, by how."""
        found: dict[str, int] = dict(self._connection.execute(COUNT).fetchall())
        return {kind: found.get(kind.value, 0) for kind in Kind}

    def total(self) -> int:
        """All of them: a row counts once for each column that is wrong."""
        ((number,),) = self._connection.execute("SELECT count(*) FROM differences").fetchall()
        return int(number)

    def first(self, limit: int) -> list[Difference]:
        """The first so many, in the order of tables and ids."""
        with self._connection.cursor(row_factory=class_row(Difference)) as cursor:
            return cursor.execute(FIRST, (limit,)).fetchall()


def _find(table: Rebuilt, pairs: str) -> Composed:
    names = {"live": Identifier(table.live), "beside": Identifier(table.beside), "key": Identifier(table.key)}
    kind = SQL(table.type_of(table.key))  # as the catalogue prints it
    return SQL(FIND).format(
        key=names["key"],
        name=table.live,
        pairs=SQL(pairs).format(**names, type=kind),
        cells=SQL(", ").join(_cells(table)),
    )


def _cells(table: Rebuilt) -> Iterator[Composable]:
    for name in table.columns:
        column = Identifier(name)
        shown = [SQL(SHOWN).format(side=SQL(side), column=column, most=SHOWN_CHARACTERS) for side in SIDES]
        yield SQL(CELL).format(name=name, column=column, live=shown[0], rebuilt=shown[1])
