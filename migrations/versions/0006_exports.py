"""Tokenizations are exported as files: a read model of its own.

Revision ID: 0006
"""

from alembic import op
from sqlalchemy import text

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

TABLE = """
CREATE TABLE exports (
    id              uuid PRIMARY KEY,
    dataset_id      uuid NOT NULL,
    tokenization_id uuid NOT NULL,
    job_id          uuid NOT NULL,
    format          text NOT NULL,
    status          text NOT NULL,
    folder          text,
    size_bytes      bigint,
    files           jsonb NOT NULL,
    error           jsonb,
    position        bigint NOT NULL,
    created_at      timestamptz NOT NULL
);
CREATE INDEX exports_tokenization ON exports (tokenization_id, created_at DESC, id DESC);
CREATE UNIQUE INDEX exports_job ON exports (job_id);
"""

CHANGE_EXPORTS = """
CREATE FUNCTION change_exports(moved jsonb, fresh jsonb) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    IF (moved->>'insert')::boolean THEN
        INSERT INTO exports SELECT * FROM jsonb_populate_record(NULL::exports, fresh);
    ELSE
        UPDATE exports SET
            status = coalesce(fresh->>'status', status),
            folder = coalesce(fresh->>'folder', folder),
            size_bytes = coalesce((fresh->>'size_bytes')::bigint, size_bytes),
            files = coalesce(fresh->'files', files),
            error = CASE WHEN fresh ? 'error' THEN nullif(fresh->'error', 'null') ELSE error END,
            position = (fresh->>'position')::bigint
        WHERE job_id = (moved->>'id')::uuid;
    END IF;
END $$;
"""

# As a replay has them, where the log knows exports from before a downgrade.
FILL = """
WITH asked AS (
    SELECT e.*, e.data->>'job_id' AS job FROM events e WHERE e.type = 'ExportRequested'
    AND NOT EXISTS (SELECT FROM events gone WHERE gone.stream = e.stream AND gone.type = 'DatasetPurged')
), told AS (
    SELECT asked.job, e.position, e.type, e.data FROM asked JOIN events e
    ON e.stream = asked.stream AND e.data->>'job_id' = asked.job AND e.position >= asked.position
    WHERE e.type IN ('ExportRequested', 'ExportCompleted', 'JobStarted', 'JobCancelRequested', 'JobCancelled',
        'JobRetryRequested', 'JobFailed') OR (e.type = 'DamageFound' AND e.data->>'what' = 'EXPORT')
), stands AS (
    SELECT DISTINCT ON (job) job, CASE type WHEN 'ExportCompleted' THEN 'READY' WHEN 'JobStarted' THEN 'RUNNING'
        WHEN 'JobCancelRequested' THEN 'CANCELLING' WHEN 'JobCancelled' THEN 'CANCELLED' WHEN 'JobFailed' THEN 'FAILED'
        ELSE 'QUEUED' END AS status
    FROM told WHERE type <> 'DamageFound' ORDER BY job, position DESC
), failed AS (
    SELECT DISTINCT ON (job) job, CASE type WHEN 'JobFailed' THEN jsonb_build_object('code', data->'code',
        'message', data->'message', 'retryable', data->'retryable', 'errorId', data->'error_id') END AS error
    FROM told WHERE type IN ('JobFailed', 'JobRetryRequested') ORDER BY job, position DESC
), made AS (
    SELECT DISTINCT ON (job) job, data->>'folder' AS folder, (data->>'size_bytes')::bigint AS bytes,
        data->'files' AS files, type = 'ExportCompleted' AS whole
    FROM told WHERE type IN ('ExportCompleted', 'DamageFound') ORDER BY job, position DESC
)
INSERT INTO exports
SELECT (asked.data->>'export_id')::uuid, substr(asked.stream, 9)::uuid, (asked.data->>'tokenization_id')::uuid,
    asked.job::uuid, asked.data->>'format', stands.status, CASE WHEN made.whole THEN made.folder END, made.bytes,
    coalesce(made.files, '[]'), failed.error, (SELECT max(position) FROM told WHERE told.job = asked.job),
    asked.recorded_at
FROM asked JOIN stands USING (job) LEFT JOIN failed USING (job) LEFT JOIN made USING (job)
"""

# One more case of the function as it is now, whichever cases later migrations gave it.
END_OF_CASES = "            END CASE;"
CASE = "                WHEN 'exports' THEN PERFORM change_exports(moved, fresh);\n"


def append_stream() -> str:
    """The definition of the function that carries out an append."""
    definition: str = op.get_bind().execute(text("SELECT pg_get_functiondef('append_stream'::regproc)")).scalar_one()
    return definition


def upgrade() -> None:
    op.execute(TABLE)
    op.execute(FILL)
    op.execute(CHANGE_EXPORTS)
    known = append_stream()
    assert known.count(END_OF_CASES) == 1, "append_stream is not the one that was migrated to"
    op.get_bind().exec_driver_sql(known.replace(END_OF_CASES, CASE + END_OF_CASES))


def downgrade() -> None:
    op.get_bind().exec_driver_sql(append_stream().replace(CASE, ""))
    op.execute("DROP FUNCTION change_exports")
    op.execute("DROP TABLE exports")
