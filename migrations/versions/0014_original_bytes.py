"""Datasets say how many bytes they keep as they came.

Revision ID: 0014
"""

from alembic import op
from sqlalchemy import text

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

# As a replay has it: what came last, until an ingest has dropped it.
FILL = """
UPDATE datasets SET original_bytes = came.bytes FROM (
    SELECT DISTINCT ON (stream) substr(stream, 9) AS id,
        CASE type WHEN 'UploadReceived' THEN (data->'source'->>'sizeBytes')::bigint
            WHEN 'DownloadCompleted' THEN (data->>'size_bytes')::bigint END AS bytes
    FROM events WHERE type IN ('UploadReceived', 'DownloadCompleted')
        OR (type = 'IngestCompleted' AND NOT coalesce((data->>'originals_kept')::boolean, false))
    ORDER BY stream, version DESC
) came WHERE came.id = datasets.id::text
"""

# Every UPDATE of a row sets `skipped_rows`; what is added is set beside it.
KNOWN = """"skipped_rows" = CASE WHEN fresh ? 'skipped_rows'"""
VALUE = """"original_bytes" = CASE WHEN fresh ? 'original_bytes' THEN (fresh->>'original_bytes')::bigint
    ELSE datasets."original_bytes" END, """
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
    op.execute("ALTER TABLE datasets ADD COLUMN original_bytes bigint")
    op.execute(FILL)
    op.get_bind().exec_driver_sql(known.replace(KNOWN, VALUE + KNOWN).replace(before, insert()))


def downgrade() -> None:
    known, before = change_datasets(), insert()
    op.execute("ALTER TABLE datasets DROP COLUMN original_bytes")
    op.get_bind().exec_driver_sql(known.replace(VALUE, "").replace(before, insert()))
