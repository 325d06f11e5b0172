"""Tokenizations can go, and their exports with them.

Revision ID: 0013
"""

from alembic import op
from sqlalchemy import text

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

# By which column, beside that of its dataset, the rows of each table are found.
KEYS = {"tokenizations": "id", "exports": "tokenization_id"}

KNOWN = "        DELETE FROM {table} WHERE dataset_id = (moved->>'id')::uuid;"
DELETING = """        IF moved->>'key' = '{key}' THEN
            DELETE FROM {table} WHERE {key} = (moved->>'id')::uuid;
        ELSE
            DELETE FROM {table} WHERE dataset_id = (moved->>'id')::uuid;
        END IF;"""

# As a replay has it, where the log knows of some from before a downgrade.
FILL = """
DELETE FROM exports WHERE tokenization_id::text IN
    (SELECT data->>'tokenization_id' FROM events WHERE type = 'TokenizationDeleted');
DELETE FROM tokenizations WHERE id::text IN
    (SELECT data->>'tokenization_id' FROM events WHERE type = 'TokenizationDeleted');
UPDATE datasets SET is_tokenized = false
WHERE is_tokenized AND NOT EXISTS (SELECT 1 FROM tokenizations t WHERE t.dataset_id = datasets.id)
"""


def replace(table: str, old: str, new: str) -> None:
    """Put one text in the place of another in the function that carries out changes of a table's rows."""
    query = text(f"SELECT pg_get_functiondef('change_{table}'::regproc)")
    known: str = op.get_bind().execute(query).scalar_one()
    assert known.count(old) == 1, f"change_{table} is not the one that was migrated to"
    op.get_bind().exec_driver_sql(known.replace(old, new))


def upgrade() -> None:
    op.execute(FILL)
    for table, key in KEYS.items():
        replace(table, KNOWN.format(table=table), DELETING.format(table=table, key=key))


def downgrade() -> None:
    for table, key in KEYS.items():
        replace(table, DELETING.format(table=table, key=key), KNOWN.format(table=table))
