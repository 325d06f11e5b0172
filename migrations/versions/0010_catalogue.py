"""Datasets have notes, and are found by the words of what they are called.

Revision ID: 0010
"""

import re

from alembic import op
from sqlalchemy import text

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

WORDS = ("name_words", "source_words", "tag_words", "column_words", "notes_words")
# What stands between spaces and tabs, a line for each text: an array of it has no empty text.
CATALOGUE = f"""
ALTER TABLE datasets ADD COLUMN catalogue tsvector NOT NULL GENERATED ALWAYS AS (array_to_tsvector(array_remove(
    string_to_array(translate({" || ".join(WORDS)}, E'\\t\\n', '  '), ' '), ''))) STORED
"""
# Found at once, whatever was said just before: without a list of what has yet to be put into the index.
INDEX = "CREATE INDEX datasets_catalogue ON datasets USING gin (catalogue) WITH (fastupdate = off)"
# So that Postgres knows how many have each kind of source: else it takes them for few, and sorts all that are found.
SOURCE_INDEX = "CREATE INDEX datasets_source_kind ON datasets ((source->>'kind'))"

# As a replay has it, where the log knows descriptions from before a downgrade.
DESCRIBED = text("""
SELECT substr(stream, 9), data->'changes' FROM events WHERE type = 'DatasetDescribed' ORDER BY position
""")
NAMED = text("SELECT id::text AS id, name, source, tags, columns FROM datasets")
FILL = text("""
UPDATE datasets SET notes = :notes, name_words = :name_words, source_words = :source_words, tag_words = :tag_words,
    column_words = :column_words, notes_words = :notes_words
WHERE id = CAST(:id AS uuid)
""")

# Few events say any of these, and Postgres makes the catalogue anew whenever one of its columns is set: so they have an
# UPDATE of their own.
KNOWN = """ELSIF moved->>'key' = 'id' THEN"""
VALUE = """"{name}" = CASE WHEN fresh ? '{name}' THEN fresh->>'{name}' ELSE datasets."{name}" END"""
DESCRIBING = """ELSIF moved->>'key' = 'id' THEN
        IF fresh ?| '{{{names}}}' THEN
            UPDATE datasets SET {values} WHERE id = (moved->>'id')::uuid;
        END IF;"""
CHANGING = ("notes", *WORDS)
# A column that is generated takes no value, so the others are named: whoever adds one adds it here, too.
INSERT = "INSERT INTO datasets SELECT * FROM"
INSERT_NAMED = "INSERT INTO datasets ({columns}) SELECT {columns} FROM"
COLUMNS = text("""
SELECT string_agg(format('"%s"', attname), ', ' ORDER BY attnum) FROM pg_attribute
WHERE attrelid = 'datasets'::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = ''
""")

# The words of a text as they were defined when this was written.
RUN = re.compile(r"[^\W_]+")
CJK = re.compile(
    "([\u1100-\u11ff\u3005-\u3007\u3021-\u3029\u3031-\u3035\u3038-\u303c\u3041-\u3096\u309d-\u309f\u30a1-\u30fa"
    "\u30fc-\u30ff\u3105-\u312f\u3131-\u318e\u31a0-\u31bf\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\ua960-\ua97c"
    "\uac00-\ud7a3\ud7b0-\ud7fb\uf900-\ufaff\uff66-\uffdc\U0001aff0-\U0001b16f\U00020000-\U0003ffff]+)"
)
MOST_WORD_CHARACTERS, MOST_CHARACTERS = 500, 50_000


def line_of(line: str) -> str:
    parts = [part for run in RUN.findall(line) for part in CJK.split(run) if part]
    words = ["\t".join(part) if CJK.match(part) else part.casefold()[:MOST_WORD_CHARACTERS] for part in parts]
    return f" {' '.join(words)} \n" if words else ""


def lines_of(*texts: str | None) -> str:
    lines = "".join(line_of(each) for each in texts if each)
    return lines if len(lines) <= MOST_CHARACTERS else lines[: lines.rindex(" ", 0, MOST_CHARACTERS)] + " \n"


def fill() -> None:
    connection = op.get_bind()
    described: dict[str, dict[str, str | None]] = {}
    for dataset_id, changes in connection.execute(DESCRIBED).all():
        described.setdefault(dataset_id, {}).update(changes)
    for row in connection.execute(NAMED).all():
        notes = described.get(row.id, {}).get("notes")
        source = [row.source.get(key) for key in ("repository", "config", "fileName")]
        words = {
            "name_words": lines_of(row.name),
            "source_words": lines_of(*source, *(row.source.get("files") or ())),
            "tag_words": lines_of(*row.tags),
            "column_words": lines_of(*(column["name"] for column in row.columns)),
            "notes_words": lines_of(notes),
        }
        connection.execute(FILL, {"id": row.id, "notes": notes, **words})


def change_datasets() -> str:
    """The definition of the function that carries out a change of a dataset's row, as it is now."""
    query = text("SELECT pg_get_functiondef('change_datasets'::regproc)")
    definition: str = op.get_bind().execute(query).scalar_one()
    return definition


def describing() -> str:
    """The branch of that function for a row that is here, which first sets what is added."""
    values = ", ".join(VALUE.format(name=name) for name in CHANGING)
    return DESCRIBING.format(names=",".join(CHANGING), values=values)


def upgrade() -> None:
    added = ", ".join(f"ADD COLUMN {name} text NOT NULL DEFAULT ''" for name in WORDS)
    op.execute(f"ALTER TABLE datasets ADD COLUMN notes text, {added}")
    fill()
    op.execute(CATALOGUE)
    op.execute(INDEX)
    op.execute(SOURCE_INDEX)
    known = change_datasets()
    assert known.count(KNOWN) == known.count(INSERT) == 1, "change_datasets is not the one that was migrated to"
    columns = op.get_bind().execute(COLUMNS).scalar_one()
    changed = known.replace(KNOWN, describing()).replace(INSERT, INSERT_NAMED.format(columns=columns))
    op.get_bind().exec_driver_sql(changed)


def downgrade() -> None:
    columns = op.get_bind().execute(COLUMNS).scalar_one()
    known = change_datasets().replace(describing(), KNOWN).replace(INSERT_NAMED.format(columns=columns), INSERT)
    op.get_bind().exec_driver_sql(known)
    op.execute("DROP INDEX datasets_source_kind")
    dropped = ", ".join(f"DROP COLUMN {name}" for name in ("catalogue", *CHANGING))
    op.execute(f"ALTER TABLE datasets {dropped}")
