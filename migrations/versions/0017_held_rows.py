"""Claims are found by the stream that holds them, which every append asks for.

Revision ID: 0017
"""

from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("CREATE INDEX claims_stream ON claims (stream)")


def downgrade() -> None:
    op.execute("DROP INDEX claims_stream")
