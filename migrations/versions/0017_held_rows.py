"""Claims are found by the stream that holds them, which every append asks for; pieces that are held by their dataset.

Revision ID: 0017
"""

from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("CREATE INDEX claims_stream ON claims (stream)")
    op.execute("CREATE INDEX pieces_held ON pieces (dataset_id) WHERE holder IS NOT NULL")


def downgrade() -> None:
    op.execute("DROP INDEX pieces_held, claims_stream")
