"""Datasets have a search index, and a language that its words are stemmed by.

Revision ID: 0009
"""

from alembic import op
from sqlalchemy import text

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

ADDED = {
    "language": "text",
    "index_status": "text",
    "index_job_id": "uuid",
    "index_folder": "text",
    "index_bytes": "bigint",
    "index_rows": "bigint",
}

# As a replay has it, where the log knows indexes from before a downgrade.
FILL = """
WITH told AS (
    SELECT substr(stream, 9) AS id, position, type, data FROM events
    WHERE type IN ('IndexRequested', 'IndexCompleted')
        OR (data->>'kind' = 'INDEX' AND type IN ('JobFailed', 'JobCancelRequested', 'JobRetryRequested'))
), stands AS (
    SELECT DISTINCT ON (id) id, CASE type WHEN 'IndexCompleted' THEN 'READY' WHEN 'JobFailed' THEN 'FAILED'
        WHEN 'JobCancelRequested' THEN 'CANCELLED' ELSE 'BUILDING' END AS status
    FROM told ORDER BY id, position DESC
), asked AS (
    SELECT DISTINCT ON (id) id, (data->>'job_id')::uuid AS job FROM told
    WHERE type = 'IndexRequested' ORDER BY id, position DESC
), searched AS (
    SELECT DISTINCT ON (id) id, data->>'folder' AS folder, (data->>'size_bytes')::bigint AS bytes,
        (data->>'indexed_rows')::bigint AS rows
    FROM told WHERE type = 'IndexCompleted' OR (type = 'IndexRequested' AND data->>'reason' = 'DAMAGED')
    ORDER BY id, position DESC
)
UPDATE datasets SET index_status = stands.status, index_job_id = asked.job, index_folder = searched.folder,
    index_bytes = searched.bytes, index_rows = searched.rows
FROM stands JOIN asked USING (id) LEFT JOIN searched USING (id) WHERE datasets.id::text = stands.id
"""
LANGUAGES = """
UPDATE datasets SET language = said.language FROM (
    SELECT DISTINCT ON (stream) substr(stream, 9) AS id, data->'changes'->>'language' AS language FROM events
    WHERE type = 'DatasetDescribed' AND data->'changes' ? 'language' ORDER BY stream, version DESC
) said WHERE said.id = datasets.id::text
"""

# Every UPDATE of a row sets `skipped_rows`; what is added is set beside it.
KNOWN = """"skipped_rows" = CASE WHEN fresh ? 'skipped_rows'"""
VALUE = """"{name}" = CASE WHEN fresh ? '{name}' THEN (fresh->>'{name}')::{kind} ELSE datasets."{name}" END, """


def change_datasets() -> str:
    """The definition of the function that carries out a change of a dataset's row, as it is now."""
    query = text("SELECT pg_get_functiondef('change_datasets'::regproc)")
    definition: str = op.get_bind().execute(query).scalar_one()
    return definition


def added_values() -> str:
    """The assignments of the columns that are added."""
    return "".join(VALUE.format(name=name, kind=kind) for name, kind in ADDED.items())


def upgrade() -> None:
    op.execute("ALTER TABLE datasets " + ", ".join(f"ADD COLUMN {name} {kind}" for name, kind in ADDED.items()))
    op.execute(FILL)
    op.execute(LANGUAGES)
    known = change_datasets()
    assert known.count(KNOWN) == 1, "change_datasets is not the one that was migrated to"
    op.get_bind().exec_driver_sql(known.replace(KNOWN, added_values() + KNOWN))


def downgrade() -> None:
    op.get_bind().exec_driver_sql(change_datasets().replace(added_values(), ""))
    op.execute("ALTER TABLE datasets " + ", ".join(f"DROP COLUMN {name}" for name in ADDED))
