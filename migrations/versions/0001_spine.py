"""The event log, its claims and commands, the read models, and the state of runs.

Revision ID: 0001
"""

from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

LOG = """
CREATE TABLE events (
    position    bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    stream      text NOT NULL,
    version     integer NOT NULL,
    type        text NOT NULL,
    data        jsonb NOT NULL,
    metadata    jsonb NOT NULL,
    recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT events_stream_version UNIQUE (stream, version)
);
CREATE TABLE log_identity (
    id      text NOT NULL,
    single  boolean PRIMARY KEY DEFAULT true CHECK (single)
);
INSERT INTO log_identity (id) VALUES (substr(md5(gen_random_uuid()::text), 1, 8));
CREATE TABLE claims (
    key     text CONSTRAINT claims_key PRIMARY KEY,
    stream  text NOT NULL
);
CREATE TABLE commands (
    key         text CONSTRAINT commands_key PRIMARY KEY,
    mutation    text NOT NULL,
    digest      text NOT NULL,
    position    bigint NOT NULL,
    objects     jsonb NOT NULL,
    recorded_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE TABLE checkpoints (
    name        text PRIMARY KEY,
    position    bigint NOT NULL
);
"""

READ_MODELS = """
CREATE TABLE datasets (
    id           uuid PRIMARY KEY,
    version      integer NOT NULL,
    position     bigint NOT NULL,
    status       text NOT NULL,
    name         text NOT NULL,
    source       jsonb NOT NULL,
    commit       text,
    license      text,
    tags         text[] NOT NULL,
    text_column  text,
    size_bytes   bigint,
    row_count    bigint,
    splits       jsonb NOT NULL,
    columns      jsonb NOT NULL,
    folder       text,
    statistics   jsonb,
    error        jsonb,
    created_at   timestamptz NOT NULL,
    updated_at   timestamptz NOT NULL,
    last_used_at timestamptz NOT NULL
);
CREATE INDEX datasets_last_used ON datasets (last_used_at DESC, id DESC);
CREATE TABLE jobs (
    id              uuid PRIMARY KEY,
    dataset_id      uuid NOT NULL,
    tokenization_id uuid,
    kind            text NOT NULL,
    status          text NOT NULL,
    attempt         integer NOT NULL,
    error           jsonb,
    position        bigint NOT NULL,
    correlation_id  text,
    created_at      timestamptz NOT NULL,
    started_at      timestamptz,
    finished_at     timestamptz
);
CREATE INDEX jobs_dataset ON jobs (dataset_id, created_at DESC, id DESC);
CREATE INDEX jobs_created ON jobs (created_at DESC, id DESC);
CREATE INDEX jobs_open ON jobs (position) WHERE status IN ('QUEUED', 'RUNNING', 'CANCELLING');
CREATE TABLE tokenizations (
    id               uuid PRIMARY KEY,
    dataset_id       uuid NOT NULL,
    job_id           uuid NOT NULL,
    status           text NOT NULL,
    tokenizer        text NOT NULL,
    tokenizer_commit text,
    recipe           jsonb NOT NULL,
    recipe_hash      text NOT NULL,
    folder           text,
    size_bytes       bigint,
    statistics       jsonb,
    error            jsonb,
    position         bigint NOT NULL,
    created_at       timestamptz NOT NULL
);
CREATE INDEX tokenizations_dataset ON tokenizations (dataset_id, created_at DESC, id DESC);
CREATE UNIQUE INDEX tokenizations_job ON tokenizations (job_id);
"""

RUNS = """
CREATE SEQUENCE fences;
CREATE TABLE pieces (
    job_id      uuid NOT NULL,
    piece       text NOT NULL,
    dataset_id  uuid NOT NULL,
    actor       text NOT NULL,
    stage       integer NOT NULL,
    spec        jsonb NOT NULL,
    amount      bigint,
    fence       bigint NOT NULL DEFAULT 0,
    holder      text,
    revoked     boolean NOT NULL DEFAULT false,
    progressed  boolean NOT NULL DEFAULT false,
    not_before  timestamptz NOT NULL DEFAULT clock_timestamp(),
    sent_at     timestamptz,
    begun_at    timestamptz,
    beat_at     timestamptz,
    done_at     timestamptz,
    outcome     jsonb,
    PRIMARY KEY (job_id, piece)
);
CREATE INDEX pieces_open ON pieces (job_id, stage) WHERE done_at IS NULL;
CREATE UNLOGGED TABLE progress (
    job_id      uuid PRIMARY KEY,
    dataset_id  uuid NOT NULL,
    unit        text NOT NULL,
    finished    bigint NOT NULL,
    working     jsonb NOT NULL,
    done        bigint NOT NULL,
    total       bigint,
    rate        double precision,
    updated_at  timestamptz NOT NULL
);
"""


# Appends take turns (7316002 is an arbitrary constant of this project), so that position order is commit order: without
# it a follower that remembers a position skips an event whose transaction began earlier and committed later. One call
# is one transaction with any number of appends, each of which happens as a whole or not at all; `outcome` is NULL, or
# the name of the constraint that it would have broken. What is projected comes along as changes of rows; time and
# position are known only here.
APPEND = """
CREATE FUNCTION append_events(appends jsonb)
RETURNS TABLE (number integer, outcome text, positions bigint[], recorded_at timestamptz)
LANGUAGE plpgsql AS $$
DECLARE
    change jsonb;
    newest bigint;
BEGIN
    PERFORM pg_advisory_xact_lock(7316002);
    number := 0;
    FOR change IN SELECT value FROM jsonb_array_elements(appends) LOOP
        number := number + 1;
        recorded_at := clock_timestamp();
        outcome := NULL;
        BEGIN
            positions := append_stream(change, recorded_at);
            newest := positions[cardinality(positions)];
        EXCEPTION WHEN unique_violation THEN
            GET STACKED DIAGNOSTICS outcome = CONSTRAINT_NAME;
            positions := NULL;
        END;
        RETURN NEXT;
    END LOOP;
    IF newest IS NOT NULL THEN
        PERFORM pg_notify('events', newest::text);
    END IF;
END $$;

CREATE FUNCTION append_stream(change jsonb, at timestamptz) RETURNS bigint[]
LANGUAGE plpgsql AS $$
DECLARE
    event jsonb;
    moved jsonb;
    fresh jsonb;
    placed bigint;
    positions bigint[] := '{}';
    expected integer := (change->>'expected')::integer;
BEGIN
    IF (SELECT coalesce(max(e.version), 0) FROM events e WHERE e.stream = change->>'stream') <> expected THEN
        RAISE unique_violation USING CONSTRAINT = 'events_stream_version';
    END IF;
    DELETE FROM claims c WHERE c.stream = change->>'stream' AND change->'release' ? c.key;
    INSERT INTO claims (key, stream) SELECT key, change->>'stream' FROM jsonb_array_elements_text(change->'claim') key;
    FOR event IN SELECT value FROM jsonb_array_elements(change->'events') LOOP
        expected := expected + 1;
        INSERT INTO events (stream, version, type, data, metadata, recorded_at)
        VALUES (change->>'stream', expected, event->>'type', event->'data', change->'metadata', at)
        RETURNING position INTO placed;
        positions := positions || placed;
        FOR moved IN SELECT value FROM jsonb_array_elements(event->'rows') LOOP
            fresh := moved->'values' || jsonb_build_object('position', placed) || coalesce(
                (SELECT jsonb_object_agg(name, at) FROM jsonb_array_elements_text(moved->'clock') name), '{}');
            CASE moved->>'table'
                WHEN 'datasets' THEN PERFORM change_datasets(moved, fresh);
                WHEN 'jobs' THEN PERFORM change_jobs(moved, fresh);
                WHEN 'tokenizations' THEN PERFORM change_tokenizations(moved, fresh);
            END CASE;
        END LOOP;
    END LOOP;
    IF change->'command' <> 'null' THEN
        DELETE FROM commands c
        WHERE c.key = change#>>'{command,key}' AND c.recorded_at < clock_timestamp() - interval '24 hours';
        INSERT INTO commands (key, mutation, digest, position, objects)
        VALUES (change#>>'{command,key}', change#>>'{command,mutation}', change#>>'{command,digest}', positions[1],
            change#>'{command,objects}');
    END IF;
    RETURN positions;
END $$;

"""

# The columns of the read models that change after their row was made, by what turns `fresh->>name` into their type.
CHANGING = {
    "datasets": {
        "integer": ("version",),
        "bigint": ("position", "size_bytes", "row_count"),
        "text": ("status", "name", "commit", "license", "text_column", "folder"),
        "jsonb": ("source", "splits", "columns", "statistics", "error"),
        "text[]": ("tags",),
        "timestamptz": ("updated_at", "last_used_at"),
    },
    "jobs": {
        "integer": ("attempt",),
        "bigint": ("position",),
        "text": ("status",),
        "jsonb": ("error",),
        "timestamptz": ("started_at", "finished_at"),
    },
    "tokenizations": {
        "bigint": ("position", "size_bytes"),
        "text": ("status", "tokenizer_commit", "recipe_hash", "folder"),
        "jsonb": ("recipe", "statistics", "error"),
    },
}

CHANGE_ROW = """
CREATE FUNCTION change_{table}(moved jsonb, fresh jsonb) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    IF (moved->>'insert')::boolean THEN
        INSERT INTO {table} SELECT * FROM jsonb_populate_record(NULL::{table}, fresh);
    ELSIF moved->>'key' = 'id' THEN
        UPDATE {table} SET {values} WHERE id = (moved->>'id')::uuid;
    ELSE
        {otherwise}
    END IF;
END $$;
"""

BY_JOB = "UPDATE {table} SET {values} WHERE job_id = (moved->>'id')::uuid;"


def change_row(table: str) -> str:
    """The function that carries out a change of a row of `table`: its statements are planned once a connection."""
    values = ", ".join(
        f'"{name}" = CASE WHEN fresh ? \'{name}\' THEN {_read(name, kind)} ELSE {table}."{name}" END'
        for kind, names in CHANGING[table].items()
        for name in names
    )
    otherwise = BY_JOB if table == "tokenizations" else "RAISE EXCEPTION USING MESSAGE = 'unknown key';"
    return CHANGE_ROW.format(table=table, values=values, otherwise=otherwise.format(table=table, values=values))


def _read(name: str, kind: str) -> str:
    if kind == "jsonb":
        return f"nullif(fresh->'{name}', 'null')"
    if kind == "text[]":
        return f"ARRAY(SELECT jsonb_array_elements_text(fresh->'{name}'))"
    return f"(fresh->>'{name}')::{kind}"


def upgrade() -> None:
    for part in (LOG, READ_MODELS, RUNS, APPEND, *map(change_row, CHANGING)):
        op.execute(part)


def downgrade() -> None:
    op.execute(
        "DROP FUNCTION append_events, append_stream, change_datasets, change_jobs, change_tokenizations;"
        "DROP SEQUENCE fences;"
        " DROP TABLE progress, pieces, tokenizations, jobs, datasets,"
        " checkpoints, commands, claims, log_identity, events"
    )
