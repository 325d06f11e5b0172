"""`/health/live`: this process answers. `/health/ready`: so does all that it needs."""

import asyncio
from collections.abc import Callable

import psycopg
import psycopg_pool
import redis
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from api.context import Shared
from domain.adapters import Adapters
from domain.adapters.questions import open_client

READY_SECONDS = 2.0


async def serve_live(_request: Request) -> Response:
    """Whoever reads this knows it."""
    return JSONResponse({"live": True})


async def serve_ready(request: Request) -> Response:
    """503 with the names of the parts that do not answer; 200 where all do."""
    shared: Shared = request.state.shared
    parts = {"postgres": _postgres_answers, "redis": _redis_answers}
    answers = await asyncio.gather(*(_in_time(shared, answers) for answers in parts.values()))
    missing = [name for name, answered in zip(parts, answers, strict=True) if not answered]
    if not shared.feed.is_alive:
        missing.append("feed")
    return JSONResponse({"ready": not missing, "missing": missing}, status_code=503 if missing else 200)


async def _in_time(shared: Shared, answers: Callable[[Adapters], bool]) -> bool:
    """A server that hangs is told as one that is away; however often that is asked, one thread waits for it."""
    try:
        async with asyncio.timeout(READY_SECONDS):
            return await shared.threads.run_once(answers, shared.adapters)
    except TimeoutError:
        return False


def _postgres_answers(adapters: Adapters) -> bool:
    try:
        with adapters.pool.connection(timeout=READY_SECONDS) as connection:
            connection.execute("SELECT 1")
    except (psycopg.OperationalError, psycopg_pool.PoolTimeout):
        return False
    return True


def _redis_answers(adapters: Adapters) -> bool:
    assert adapters.settings.redis_url, "the caller names the server"
    client = open_client(adapters.settings.redis_url, READY_SECONDS)
    try:
        return bool(client.ping())
    except redis.RedisError:
        return False
    finally:
        client.close()
