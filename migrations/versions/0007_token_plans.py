"""Tokenizations keep what they were estimated to come to.

Revision ID: 0007
"""

from alembic import op
from sqlalchemy import text

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

# As a replay has it, where the log knows plans from before a downgrade.
FILL = """
UPDATE tokenizations SET plan = newest.plan
FROM (
    SELECT DISTINCT ON (data->>'tokenization_id') data->>'tokenization_id' AS id, nullif(data->'plan', 'null') AS plan
    FROM events WHERE type = 'TokenizationPinned' ORDER BY data->>'tokenization_id', position DESC
) newest WHERE newest.id = tokenizations.id::text
"""

# Every UPDATE of a row sets `statistics`; the plan is set beside it.
KNOWN = """"statistics" = CASE WHEN fresh ? 'statistics'"""
PLAN = """"plan" = CASE WHEN fresh ? 'plan' THEN nullif(fresh->'plan', 'null') ELSE tokenizations."plan" END, """
UPDATES = 2


def change_tokenizations() -> str:
    """The definition of the function that carries out a change of a tokenization's row."""
    definition: str = (
        op.get_bind().execute(text("SELECT pg_get_functiondef('change_tokenizations'::regproc)")).scalar_one()
    )
    return definition


def upgrade() -> None:
    op.execute("ALTER TABLE tokenizations ADD COLUMN plan jsonb")
    op.execute(FILL)
    known = change_tokenizations()
    assert known.count(KNOWN) == UPDATES, "change_tokenizations is not the one that was migrated to"
    op.get_bind().exec_driver_sql(known.replace(KNOWN, PLAN + KNOWN))


def downgrade() -> None:
    op.get_bind().exec_driver_sql(change_tokenizations().replace(PLAN, ""))
    op.execute("ALTER TABLE tokenizations DROP COLUMN plan")
