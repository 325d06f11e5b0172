"""Datasets say who uses them, whether tokens were made of them, and since when they have been in the trash.

Revision ID: 0011
"""

from alembic import op
from sqlalchemy import text

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

ADDED = ("used_by", "is_tokenized", "trashed_at")
ADD = """
ALTER TABLE datasets ADD COLUMN used_by text[] NOT NULL DEFAULT '{}',
    ADD COLUMN is_tokenized boolean NOT NULL DEFAULT false, ADD COLUMN trashed_at timestamptz
"""

# As a replay has it, also where the log knows references from before a downgrade.
FILL = """
UPDATE datasets SET is_tokenized = EXISTS (SELECT 1 FROM tokenizations t WHERE t.dataset_id = datasets.id);
UPDATE datasets SET trashed_at = told.recorded_at FROM (
    SELECT DISTINCT ON (stream) substr(stream, 9) AS id, recorded_at FROM events
    WHERE type = 'DatasetTrashed' ORDER BY stream, version DESC
) told WHERE told.id = datasets.id::text AND datasets.status IN ('TRASHED', 'PURGING');
UPDATE datasets SET used_by = ARRAY(SELECT jsonb_array_elements_text(told.names)) FROM (
    SELECT DISTINCT ON (stream) substr(stream, 9) AS id, data->'references' AS names FROM events
    WHERE type IN ('DatasetReferenced', 'DatasetReleased') ORDER BY stream, version DESC
) told WHERE told.id = datasets.id::text
"""

# Every UPDATE of a row sets `skipped_rows`; what is added is set beside it.
KNOWN = """"skipped_rows" = CASE WHEN fresh ? 'skipped_rows'"""
VALUES = """"used_by" = CASE WHEN fresh ? 'used_by' THEN ARRAY(SELECT jsonb_array_elements_text(fresh->'used_by'))
    ELSE datasets."used_by" END,
    "is_tokenized" = CASE WHEN fresh ? 'is_tokenized' THEN (fresh->>'is_tokenized')::boolean
    ELSE datasets."is_tokenized" END,
    "trashed_at" = CASE WHEN fresh ? 'trashed_at' THEN (fresh->>'trashed_at')::timestamptz
    ELSE datasets."trashed_at" END, """
INSERT = "INSERT INTO datasets ({columns}) SELECT {columns} FROM"
COLUMNS = text("""
SELECT string_agg(format('"%s"', attname), ', ' ORDER BY attnum) FROM pg_attribute
WHERE attrelid = 'datasets'::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = ''
""")


def change_datasets() -> str:
    """The definition of the function that carries out a change of a dataset's row, as it is now."""
    query = text("SELECT pg_get_functiondef('change_datasets'::regproc)")
    definition: str = op.get_bind().execute(query).scalar_one()
    return definition


def insert() -> str:
    """How that function makes a row of the columns that there are now."""
    columns = op.get_bind().execute(COLUMNS).scalar_one()
    return INSERT.format(columns=columns)


def upgrade() -> None:
    known, before = change_datasets(), insert()
    assert known.count(KNOWN) == known.count(before) == 1, "change_datasets is not the one that was migrated to"
    op.execute(ADD)
    op.execute(FILL)
    op.get_bind().exec_driver_sql(known.replace(KNOWN, VALUES + KNOWN).replace(before, insert()))


def downgrade() -> None:
    known, before = change_datasets(), insert()
    op.execute("ALTER TABLE datasets " + ", ".join(f"DROP COLUMN {name}" for name in ADDED))
    op.get_bind().exec_driver_sql(known.replace(VALUES, "").replace(before, insert()))
