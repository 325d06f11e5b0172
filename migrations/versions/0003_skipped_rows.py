"""Datasets say how many rows of their source were left out.

Revision ID: 0003
"""

from alembic import op
from sqlalchemy import text

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

# Every column that may change after its row was made, with its type as Postgres writes it.
COLUMNS = text(
    "SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute"
    " WHERE attrelid = 'datasets'::regclass AND attnum > 0 AND NOT attisdropped"
    " AND attname NOT IN ('id', 'created_at') ORDER BY attnum"
)
CHANGE_DATASETS = """
CREATE OR REPLACE FUNCTION change_datasets(moved jsonb, fresh jsonb) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    IF (moved->>'insert')::boolean THEN
        INSERT INTO datasets SELECT * FROM jsonb_populate_record(NULL::datasets, fresh);
    ELSIF moved->>'key' = 'id' THEN
        UPDATE datasets SET {values} WHERE id = (moved->>'id')::uuid;
    ELSE
        RAISE EXCEPTION USING MESSAGE = 'unknown key';
    END IF;
END $$;
"""


def change_datasets() -> str:
    """The function that carries out a change of a dataset's row, for the columns that the table has now."""
    columns = op.get_bind().execute(COLUMNS).all()
    values = (
        f'"{name}" = CASE WHEN fresh ? \'{name}\' THEN {_read(name, kind)} ELSE datasets."{name}" END'
        for name, kind in columns
    )
    return CHANGE_DATASETS.format(values=", ".join(values))


def _read(name: str, kind: str) -> str:
    if kind == "jsonb":
        return f"nullif(fresh->'{name}', 'null')"
    if kind == "text[]":
        return f"ARRAY(SELECT jsonb_array_elements_text(fresh->'{name}'))"
    return f"(fresh->>'{name}')::{kind}"


def upgrade() -> None:
    op.execute("ALTER TABLE datasets ADD COLUMN skipped_rows bigint")
    # as a replay has it: what was ingested before could skip nothing
    op.execute("UPDATE datasets SET skipped_rows = 0 WHERE row_count IS NOT NULL")
    op.execute(change_datasets())


def downgrade() -> None:
    op.execute("ALTER TABLE datasets DROP COLUMN skipped_rows")
    op.execute(change_datasets())
