"""Events are found by their type, however rare it is and however long the log.

Revision ID: 0016
"""

from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("CREATE INDEX events_type ON events (type, position)")


def downgrade() -> None:
    op.execute("DROP INDEX events_type")
