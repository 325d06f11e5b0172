"""Rows of datasets, and of what belongs to them, can go.

Revision ID: 0008
"""

from alembic import op
from sqlalchemy import text

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

# By which column a purge finds the rows of each table.
KEYS = {"datasets": "id", "jobs": "dataset_id", "tokenizations": "dataset_id", "exports": "dataset_id"}

INDEX = "CREATE INDEX exports_dataset ON exports (dataset_id)"

KNOWN = """BEGIN
    IF (moved->>'insert')::boolean THEN"""
DELETING = """BEGIN
    IF (moved->>'delete')::boolean THEN
        DELETE FROM {table} WHERE {key} = (moved->>'id')::uuid;
    ELSIF (moved->>'insert')::boolean THEN"""


def change_rows(table: str) -> str:
    """The definition of the function that carries out changes of a table's rows, as it is now."""
    query = text(f"SELECT pg_get_functiondef('change_{table}'::regproc)")
    definition: str = op.get_bind().execute(query).scalar_one()
    return definition


def replace(table: str, old: str, new: str) -> None:
    """Put one text in the place of another in that function."""
    known = change_rows(table)
    assert known.count(old) == 1, f"change_{table} is not the one that was migrated to"
    op.get_bind().exec_driver_sql(known.replace(old, new))


def upgrade() -> None:
    op.execute(INDEX)
    for table, key in KEYS.items():
        replace(table, KNOWN, DELETING.format(table=table, key=key))


def downgrade() -> None:
    for table, key in KEYS.items():
        replace(table, DELETING.format(table=table, key=key), KNOWN)
    op.execute("DROP INDEX exports_dataset")
