"""Secrets: tokens of users, encrypted, each under a random handle, until their job is over.

Revision ID: 0002
"""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("""
CREATE TABLE secrets (
    handle  uuid PRIMARY KEY,
    sealed  bytea NOT NULL,
    kept_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX secrets_kept_at ON secrets (kept_at);
""")


def downgrade() -> None:
    op.execute("DROP TABLE secrets")
