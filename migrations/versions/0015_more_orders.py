"""Datasets are listed by their status and by their source too, each by an index.

Revision ID: 0015
"""

from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

# A source may be called by a long path, which an index does not take.
SOURCE = (
    "lower(left((source->>'kind') || ' ' || translate(coalesce(source->>'repository', source->>'fileName',"
    " source->>'path', ''), chr(10), ' '), 300))"
)
INDEXES = {"datasets_status": "status, id", "datasets_source": f"{SOURCE}, id"}


def upgrade() -> None:
    for name, columns in INDEXES.items():
        op.execute(f"CREATE INDEX {name} ON datasets ({columns})")


def downgrade() -> None:
    op.execute(f"DROP INDEX {', '.join(INDEXES)}")
