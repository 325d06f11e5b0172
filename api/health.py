"""`/health/live`: this process answers. `/health/ready`: so does all that it needs."""

import asyncio
from collections.abc import Callable

import psycopg
import redis
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from api.context import Shared
from domain.adapters import Adapters
from domain.adapters.questions import open_client
from domain.adapters.schema_version import Schema, schema_of

READY_SECONDS = 2.0


async def serve_live(_request: Request) -> Response:
    """Whoever reads this knows it."""
    return JSONResponse({"live": True})


async def serve_ready(request: Request) -> Response:
    """503 with the names of the parts that do not answer; 200 where all do."""
    shared: Shared = request.state.shared
    answers = await asyncio.gather(*(_in_time(shared, part, look) for part, look in PARTS.items()))
    missing = [part for part in answers if part is not None]
    if not shared.feed.is_alive:
        missing.append("feed")
    return JSONResponse({"ready": not missing, "missing": missing}, status_code=503 if missing else 200)


async def _in_time(shared: Shared, part: str, look: Callable[[Adapters], str | None]) -> str | None:
    """What is missing. A server that hangs is told as one that is away; however often that is asked, one thread waits
    for it."""
    try:
        async with asyncio.timeout(READY_SECONDS):
            return await shared.threads.run_once(look, shared.adapters)
    except TimeoutError:
        return part


def _look_at_postgres(adapters: Adapters) -> str | None:
    """A schema that is not the one that this program knows is missing too."""
    try:
        with adapters.pool.connection(timeout=READY_SECONDS) as connection:
            return None if schema_of(connection) == Schema.CURRENT else "schema"
    except psycopg.OperationalError:
        return "postgres"


def _look_at_redis(adapters: Adapters) -> str | None:
    assert adapters.settings.redis_url, "the caller names the server"
    client = open_client(adapters.settings.redis_url, READY_SECONDS)
    try:
        client.ping()
    except redis.RedisError:
        return "redis"
    finally:
        client.close()
    return None


PARTS = {"postgres": _look_at_postgres, "redis": _look_at_redis}
