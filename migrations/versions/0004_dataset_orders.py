"""Datasets are listed in more than one order, each by an index.

Revision ID: 0004
"""

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

# A number that is not known yet comes last in either direction, so each direction has a stand-in of its own.
INDEXES = {
    "datasets_created": "created_at, id",
    "datasets_name": "lower(name), id",
    "datasets_size_descending": "coalesce(size_bytes, -1), id",
    "datasets_size_ascending": "coalesce(size_bytes, 9223372036854775807), id",
    "datasets_rows_descending": "coalesce(row_count, -1), id",
    "datasets_rows_ascending": "coalesce(row_count, 9223372036854775807), id",
}


def upgrade() -> None:
    for name, columns in INDEXES.items():
        op.execute(f"CREATE INDEX {name} ON datasets ({columns})")


def downgrade() -> None:
    op.execute(f"DROP INDEX {', '.join(INDEXES)}")
