"""Tables beside the live read models, made after the catalogue: the same columns, indexes and grants. They take the
place of the live ones, names and all, in the transaction of whoever asks for it."""

from collections.abc import Sequence
from dataclasses import dataclass

from psycopg import Connection
from psycopg.rows import TupleRow
from psycopg.sql import SQL, Composed, Identifier
from sqlalchemy import Table

BESIDE = "_rebuilt"

COLUMNS = """
SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute
WHERE attrelid = to_regclass(%s) AND attnum > 0 AND NOT attisdropped AND attgenerated = '' ORDER BY attnum
"""

INDEXES = """
SELECT c.relname, i.indisunique, pg_get_indexdef(i.indexrelid), pg_get_constraintdef(k.oid)
FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
LEFT JOIN pg_constraint k ON k.conindid = i.indexrelid AND k.conrelid = i.indrelid AND k.contype IN ('p', 'u', 'x')
WHERE i.indrelid = to_regclass(%s) ORDER BY c.relname
"""

GRANTS = """
SELECT a.privilege_type, a.is_grantable, coalesce(r.rolname, 'public')
FROM pg_class c CROSS JOIN aclexplode(c.relacl) a LEFT JOIN pg_roles r ON r.oid = a.grantee
WHERE c.oid = to_regclass(%s) AND a.grantee <> c.relowner ORDER BY 3, 1
"""


class RebuildError(Exception):
    """The rebuild cannot go on, and nothing was switched; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Index:
    """`constraint`: the definition of the constraint that it is the index of, and that has its name."""

    name: str
    unique: bool
    definition: str
    constraint: str | None


@dataclass(frozen=True, slots=True)
class Shape:
    """What the catalogue knows of a table and a copy of it must have, too. `columns`: names to types, without the
    generated ones; `grants`: (privilege, may be passed on, role)."""

    columns: tuple[tuple[str, str], ...]
    indexes: tuple[Index, ...]
    grants: tuple[tuple[str, bool, str], ...]


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """A table that is being rebuilt beside the live one."""

    live: str
    beside: str
    key: str
    shape: Shape

    @property
    def columns(self) -> list[str]:
        return [name for name, _ in self.shape.columns]

    def type_of(self, column: str) -> str:
        return dict(self.shape.columns)[column]


def make_tables(connection: Connection[TupleRow], read_models: Sequence[Table]) -> list[Rebuilt]:
    """An empty table beside each live one; those that an interrupted rebuild left are dropped. Raises RebuildError."""
    made = [_described(connection, table) for table in read_models]
    drop_tables(connection, made)
    with connection.transaction():  # one flush, not one for each index
        for table in made:
            for statement in _copy(table):
                connection.execute(statement)
    return made


def drop_tables(connection: Connection[TupleRow], tables: Sequence[Rebuilt]) -> None:
    """Drop what was not switched."""
    names = SQL(", ").join(Identifier(table.beside) for table in tables)
    connection.execute(SQL("DROP TABLE IF EXISTS {}").format(names))


def lock_tables(connection: Connection[TupleRow], tables: Sequence[Rebuilt]) -> None:
    """Keep everybody from the live tables until the transaction ends."""
    names = SQL(", ").join(Identifier(table.live) for table in tables)
    connection.execute(SQL("LOCK TABLE {} IN ACCESS EXCLUSIVE MODE").format(names))


def switch_tables(connection: Connection[TupleRow], tables: Sequence[Rebuilt]) -> None:
    """Put the rebuilt tables in the place of the live ones, which are locked. Raises RebuildError."""
    for table in tables:
        if read_shape(connection, table.live) != table.shape:
            raise RebuildError(f"The table {table.live} was migrated during the rebuild: start the rebuild again.")
        live, beside = Identifier(table.live), Identifier(table.beside)
        connection.execute(SQL("DROP TABLE {}").format(live))
        connection.execute(SQL("ALTER TABLE {} RENAME TO {}").format(beside, live))
        for index in table.shape.indexes:
            names = Identifier(index.name + BESIDE), Identifier(index.name)
            connection.execute(SQL("ALTER INDEX {} RENAME TO {}").format(*names))


def read_shape(connection: Connection[TupleRow], table: str) -> Shape:
    """What the catalogue knows of a table; no columns where there is none."""
    columns = connection.execute(COLUMNS, (table,)).fetchall()
    indexes = connection.execute(INDEXES, (table,)).fetchall()
    grants = connection.execute(GRANTS, (table,)).fetchall()
    return Shape(
        tuple((name, kind) for name, kind in columns),
        tuple(Index(*row) for row in indexes),
        tuple((privilege, passed_on, role) for privilege, passed_on, role in grants),
    )


def _described(connection: Connection[TupleRow], table: Table) -> Rebuilt:
    shape = read_shape(connection, table.name)
    needed = {column.name for column in table.columns if column.computed is None}
    if not needed <= {name for name, _ in shape.columns}:
        raise RebuildError(f"The table {table.name} is not that of this version: run `mistudio migrate` first.")
    (key,) = table.primary_key.columns
    return Rebuilt(table.name, table.name + BESIDE, key.name, shape)


def _copy(table: Rebuilt) -> list[Composed]:
    """The statements that make the table. Indexes are made by their definitions: LIKE would choose other names."""
    like = "CREATE TABLE {} (LIKE {} INCLUDING ALL EXCLUDING INDEXES)"
    made = [SQL(like).format(Identifier(table.beside), Identifier(table.live))]
    made += [_index(table, index) for index in table.shape.indexes]
    return made + [_grant(table, *grant) for grant in table.shape.grants]


def _index(table: Rebuilt, index: Index) -> Composed:
    name, beside = Identifier(index.name + BESIDE), Identifier(table.beside)
    if index.constraint is not None:
        constraint = SQL(index.constraint)  # as the catalogue prints it
        return SQL("ALTER TABLE {} ADD CONSTRAINT {} {}").format(beside, name, constraint)
    kind, using = SQL("UNIQUE INDEX" if index.unique else "INDEX"), index.definition.partition(" USING ")[2]
    definition = SQL(using)  # as the catalogue prints it
    return SQL("CREATE {} {} ON {} USING {}").format(kind, name, beside, definition)


def _grant(table: Rebuilt, privilege: str, passed_on: bool, role: str) -> Composed:
    """`public` is everybody, and no role can have that name."""
    to = SQL("PUBLIC") if role == "public" else Identifier(role)
    option = SQL(" WITH GRANT OPTION" if passed_on else "")
    allowed = SQL(privilege)  # a keyword, as the catalogue prints it
    return SQL("GRANT {} ON {} TO {}{}").format(allowed, Identifier(table.beside), to, option)
