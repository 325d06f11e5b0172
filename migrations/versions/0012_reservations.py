"""Room in the storage is promised to jobs and uploads before they write: run state, like the pieces of jobs.

Revision ID: 0012
"""

from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

TABLE = """
CREATE TABLE reservations (
    id         text PRIMARY KEY,
    bytes      bigint NOT NULL,
    written_as text NOT NULL,
    until      timestamptz,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp()
)
"""


def upgrade() -> None:
    op.execute(TABLE)


def downgrade() -> None:
    op.execute("DROP TABLE reservations")
