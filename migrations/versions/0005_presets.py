"""Presets: tokenizers and recipes under names. Rows of this read model can also go.

Revision ID: 0005
"""

from alembic import op
from sqlalchemy import text

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

PRESETS = """
CREATE TABLE presets (
    id          uuid PRIMARY KEY,
    version     integer NOT NULL,
    position    bigint NOT NULL,
    name        text NOT NULL,
    tokenizer   text,
    recipe      jsonb NOT NULL,
    created_at  timestamptz NOT NULL,
    updated_at  timestamptz NOT NULL
);
CREATE INDEX presets_name ON presets (lower(name), id);
"""

CHANGE_PRESETS = """
CREATE FUNCTION change_presets(moved jsonb, fresh jsonb) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    IF (moved->>'delete')::boolean THEN
        DELETE FROM presets WHERE id = (moved->>'id')::uuid;
    ELSIF (moved->>'insert')::boolean THEN
        INSERT INTO presets SELECT * FROM jsonb_populate_record(NULL::presets, fresh);
    ELSE
        UPDATE presets SET version = (fresh->>'version')::integer, position = (fresh->>'position')::bigint,
            name = fresh->>'name', tokenizer = fresh->>'tokenizer', recipe = fresh->'recipe',
            updated_at = (fresh->>'updated_at')::timestamptz
        WHERE id = (moved->>'id')::uuid;
    END IF;
END $$;
"""

# As a replay has them, where the log knows presets from before a downgrade.
FILL = """
INSERT INTO presets
SELECT substr(newest.stream, 8)::uuid, newest.version, newest.position, newest.data->>'name', newest.data->>'tokenizer',
    newest.data->'recipe', first.recorded_at, newest.recorded_at
FROM events newest JOIN events first ON first.stream = newest.stream AND first.version = 1
WHERE newest.type = 'PresetSaved'
AND NOT EXISTS (SELECT FROM events later WHERE later.stream = newest.stream AND later.version > newest.version)
"""

# What an append does with a change of a row, by its table.
END = "            END CASE;"
BRANCH = "                WHEN 'presets' THEN PERFORM change_presets(moved, fresh);\n"


def append_stream() -> str:
    """The function as it is now, whatever other migrations have made of it."""
    definition: str = op.get_bind().execute(text("SELECT pg_get_functiondef('append_stream'::regproc)")).scalar_one()
    return definition


def upgrade() -> None:
    for part in (PRESETS, CHANGE_PRESETS, FILL, append_stream().replace(END, BRANCH + END)):
        op.get_bind().exec_driver_sql(part)


def downgrade() -> None:
    op.get_bind().exec_driver_sql(append_stream().replace(BRANCH, ""))
    op.execute("DROP FUNCTION change_presets; DROP TABLE presets")
