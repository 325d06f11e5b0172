"""Postgres and Redis as `mistudio doctor` examines them: without changing anything, and whoever runs them."""

from collections.abc import Iterator
from pathlib import Path

import psycopg
import redis
from psycopg import Connection
from psycopg.rows import TupleRow

from api.findings import Finding, fail, ok, warn
from domain.adapters.embedded import Postgres, Valkey
from domain.adapters.questions import open_client
from domain.adapters.schema_version import Schema, known_revisions, revision_of, schema_of
from domain.adapters.settings import Settings

CONNECT_SECONDS = 5
LEAST_POSTGRES = 15
LEAST_REDIS = 6
HUNDREDS = 10_000  # as Postgres numbers its versions
DURABILITY = ("fsync", "full_page_writes", "synchronous_commit")
EMBEDDED = "the embedded one, which does not run now and is started by `mistudio up`"
MIGRATE = "`mistudio migrate`, or `mistudio up`, which does it at its start"


def examine_postgres(settings: Settings) -> Iterator[Finding]:
    """The server, its schema, and whether it keeps what it has acknowledged."""
    url = settings.database_url or _embedded(settings.home, Postgres)
    if url is None:
        yield ok("postgres", EMBEDDED)
        return
    try:
        with psycopg.connect(url, connect_timeout=CONNECT_SECONDS, autocommit=True) as connection:
            where = "embedded" if settings.database_url is None else f"at {connection.info.host or 'its socket'}"
            yield postgres_version(connection.info.server_version, where)
            yield _schema(connection)
            yield from _durability(connection)
    except psycopg.OperationalError as wrong:
        yield fail("postgres", _first_line(wrong), "start it, or mend MISTUDIO_DATABASE_URL")


def _embedded(home: Path, kind: type[Postgres] | type[Valkey]) -> str | None:
    """Where the server of the home answers; None where it does not run. A home that is not in use is not touched."""
    if not (home / kind.name).is_dir():
        return None
    server = kind(home)
    return server.url if server.alive() else None


def postgres_version(number: int, where: str) -> Finding:
    """By the number that Postgres gives its version."""
    version = number // HUNDREDS
    if version < LEAST_POSTGRES:
        return fail("postgres", f"version {version}, {where}", f"use version {LEAST_POSTGRES} or newer")
    return ok("postgres", f"version {version}, {where}")


def _schema(connection: Connection[TupleRow]) -> Finding:
    revision, stands, newest = revision_of(connection), schema_of(connection), known_revisions()[-1]
    if revision is None:
        return warn("schema", "the database is empty", MIGRATE)
    if stands == Schema.NEWER:
        return fail("schema", f"at {revision}, which this version does not know", "start the version that made it")
    if stands == Schema.OLDER:
        return warn("schema", f"at {revision}, and the newest is {newest}", MIGRATE)
    return ok("schema", f"at {revision}, the newest")


def _durability(connection: Connection[TupleRow]) -> Iterator[Finding]:
    for name in DURABILITY:
        row = connection.execute("SELECT current_setting(%s)", (name,)).fetchone()
        assert row is not None
        yield durable(name, str(row[0]))


def durable(name: str, value: str) -> Finding:
    """Of one of the settings by which Postgres keeps what it has acknowledged. `local` waits for its own disk, as `on`
    does where there is no standby."""
    if value == "off":
        advice = f"set {name} = on in postgresql.conf: a crash may lose what was acknowledged"
        return fail("durability", f"{name} is {value}", advice)
    if value == "local":
        advice = f"set {name} = on in postgresql.conf where a standby may take over, else leave it"
        return warn("durability", f"{name} is {value}", advice)
    return ok("durability", f"{name} is {value}")


def examine_redis(settings: Settings) -> Iterator[Finding]:
    """The server, and whether it throws messages away."""
    url = settings.redis_url or _embedded(settings.home, Valkey)
    if url is None:
        yield ok("redis", EMBEDDED)
        return
    client = open_client(url, CONNECT_SECONDS)
    try:
        told = client.info()
        yield redis_version(told)
        if told.get("maxmemory_policy", "noeviction") != "noeviction":
            advice = "set maxmemory-policy noeviction: a message that is dropped is sent again only after 30 s"
            yield warn("redis", f"drops keys ({told['maxmemory_policy']}) when its memory is full", advice)
    except redis.RedisError as wrong:
        yield fail("redis", _first_line(wrong), "start it, or mend MISTUDIO_REDIS_URL")
    finally:
        client.close()


def redis_version(told: dict[str, object]) -> Finding:
    """By what INFO tells."""
    version = str(told.get("valkey_version") or told.get("redis_version"))
    name = "Valkey" if "valkey_version" in told else "Redis"
    if int(version.partition(".")[0]) < LEAST_REDIS:
        return fail("redis", f"{name} {version}", f"use version {LEAST_REDIS} or newer")
    return ok("redis", f"{name} {version}")


def _first_line(wrong: Exception) -> str:
    """Without what psycopg and redis add for programmers."""
    lines = [line.strip() for line in str(wrong).splitlines() if line.strip()]
    return lines[0] if lines else type(wrong).__name__
