"""The tables as SQLAlchemy Core sees them. `migrations/` makes them; a test holds the two against each other."""

from sqlalchemy import BigInteger, Boolean, Column, Computed, DateTime, Float, Integer, MetaData, Table, Text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, TSVECTOR, UUID

metadata = MetaData()
# As Postgres prints it.
CATALOGUE = (
    "array_to_tsvector(array_remove(string_to_array(translate(((((name_words || source_words) || tag_words)"
    " || column_words) || notes_words), E'\\t\\n'::text, '  '::text), ' '::text), ''::text))"
)


def _uuid(name: str, *, primary: bool = False, null: bool = False) -> Column[str]:
    return Column(name, UUID(as_uuid=False), primary_key=primary, nullable=null)


def _text(name: str, *, primary: bool = False, null: bool = False) -> Column[str]:
    return Column(name, Text, primary_key=primary, nullable=null)


def _number(name: str, *, null: bool = False) -> Column[int]:
    return Column(name, BigInteger, nullable=null)


def _json(name: str, *, null: bool = False) -> Column[object]:
    return Column(name, JSONB(none_as_null=True), nullable=null)


def _time(name: str, *, null: bool = False) -> Column[object]:
    return Column(name, DateTime(timezone=True), nullable=null)


events = Table(
    "events",
    metadata,
    Column("position", BigInteger, primary_key=True),
    _text("stream"),
    Column("version", Integer, nullable=False),
    _text("type"),
    _json("data"),
    _json("metadata"),
    _time("recorded_at"),
)

datasets = Table(
    "datasets",
    metadata,
    _uuid("id", primary=True),
    Column("version", Integer, nullable=False),
    _number("position"),
    _text("status"),
    _text("name"),
    _json("source"),
    _text("commit", null=True),
    _text("license", null=True),
    Column("tags", ARRAY(Text), nullable=False),
    _text("text_column", null=True),
    _number("size_bytes", null=True),
    _number("row_count", null=True),
    _json("splits"),
    _json("columns"),
    _text("folder", null=True),
    _json("statistics", null=True),
    _json("error", null=True),
    _time("created_at"),
    _time("updated_at"),
    _time("last_used_at"),
    _number("skipped_rows", null=True),
    _text("language", null=True),
    _text("index_status", null=True),
    _uuid("index_job_id", null=True),
    _text("index_folder", null=True),
    _number("index_bytes", null=True),
    _number("index_rows", null=True),
    _text("notes", null=True),
    _text("name_words"),
    _text("source_words"),
    _text("tag_words"),
    _text("column_words"),
    _text("notes_words"),
    Column("used_by", ARRAY(Text), nullable=False),
    Column("is_tokenized", Boolean, nullable=False),
    _time("trashed_at", null=True),
    Column("catalogue", TSVECTOR, Computed(CATALOGUE, persisted=True), nullable=False),
    _number("original_bytes", null=True),
)

jobs = Table(
    "jobs",
    metadata,
    _uuid("id", primary=True),
    _uuid("dataset_id"),
    _uuid("tokenization_id", null=True),
    _text("kind"),
    _text("status"),
    Column("attempt", Integer, nullable=False),
    _json("error", null=True),
    _number("position"),
    _text("correlation_id", null=True),
    _time("created_at"),
    _time("started_at", null=True),
    _time("finished_at", null=True),
)

tokenizations = Table(
    "tokenizations",
    metadata,
    _uuid("id", primary=True),
    _uuid("dataset_id"),
    _uuid("job_id"),
    _text("status"),
    _text("tokenizer"),
    _text("tokenizer_commit", null=True),
    _json("recipe"),
    _text("recipe_hash"),
    _text("folder", null=True),
    _number("size_bytes", null=True),
    _json("statistics", null=True),
    _json("error", null=True),
    _number("position"),
    _time("created_at"),
    _json("plan", null=True),
)

exports = Table(
    "exports",
    metadata,
    _uuid("id", primary=True),
    _uuid("dataset_id"),
    _uuid("tokenization_id"),
    _uuid("job_id"),
    _text("format"),
    _text("status"),
    _text("folder", null=True),
    _number("size_bytes", null=True),
    _json("files"),
    _json("error", null=True),
    _number("position"),
    _time("created_at"),
)

presets = Table(
    "presets",
    metadata,
    _uuid("id", primary=True),
    Column("version", Integer, nullable=False),
    _number("position"),
    _text("name"),
    _text("tokenizer", null=True),
    _json("recipe"),
    _time("created_at"),
    _time("updated_at"),
)

pieces = Table(
    "pieces",
    metadata,
    _uuid("job_id", primary=True),
    _text("piece", primary=True),
    _uuid("dataset_id"),
    _text("actor"),
    Column("stage", Integer, nullable=False),
    _json("spec"),
    _number("amount", null=True),
    _number("fence"),
    _text("holder", null=True),
    Column("revoked", Boolean, nullable=False),
    Column("progressed", Boolean, nullable=False),
    _time("not_before"),
    _time("sent_at", null=True),
    _time("begun_at", null=True),
    _time("beat_at", null=True),
    _time("done_at", null=True),
    _json("outcome", null=True),
)

progress = Table(
    "progress",
    metadata,
    _uuid("job_id", primary=True),
    _uuid("dataset_id"),
    _text("unit"),
    _number("finished"),
    _json("working"),
    _number("done"),
    _number("total", null=True),
    Column("rate", Float, nullable=True),
    _time("updated_at"),
)

reservations = Table(
    "reservations",
    metadata,
    _text("id", primary=True),
    _number("bytes"),
    _text("written_as"),
    _time("until", null=True),
    _time("created_at"),
)

READ_MODELS = (datasets, jobs, tokenizations, exports, presets)
