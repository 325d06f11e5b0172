"""The process that answers: routes, what they share, and how it begins and ends."""

import logging
import os
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any, TypedDict

import psycopg
import redis
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route, WebSocketRoute

from api.context import Context
from api.feed import Feed
from api.pages import BUILT, Pages, serve_asset
from api.questions import Asking
from api.threads import Threads
from api.transport import GraphQLEndpoint
from domain.adapters import Adapters, open_adapters
from domain.adapters.questions import Questions
from domain.adapters.samples import SampleFolders
from domain.adapters.settings import Settings, read_settings

READY_SECONDS = 2.0

WELCOME = """\
miStudio Datasets

The GraphQL API is at /graphql: POST it {"query": "{ datasets { nodes { name status } } }"} as application/json,
or subscribe over WebSocket with the protocol graphql-transport-ws. Its schema is the file api/schema.graphql.
/health/live says whether this process answers, /health/ready whether all that it needs does.
"""

log = logging.getLogger(__name__)


class Shared(TypedDict):
    """What all requests of a process share."""

    adapters: Adapters
    threads: Threads
    feed: Feed
    samples: SampleFolders
    asking: Asking
    pages: Pages


def create_app(settings: Settings | None = None, pages: Path = BUILT) -> Starlette:
    """The application, on the servers that the settings (None: of the environment) name, with the pages of a folder."""
    chosen = settings or read_settings(os.environ)

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[Shared]:
        async with AsyncExitStack() as stack:
            threads = Threads()
            stack.callback(threads.close)
            adapters = await threads.run(open_adapters, chosen)
            stack.callback(adapters.close)
            feed = await Feed.open(adapters, threads)
            stack.push_async_callback(feed.close)
            asking = Asking(_questions(adapters))
            stack.callback(asking.close)
            yield Shared(
                adapters=adapters,
                threads=threads,
                feed=feed,
                samples=SampleFolders(),
                asking=asking,
                pages=Pages(pages),
            )

    graphql = GraphQLEndpoint(WELCOME, _context)
    return Starlette(
        routes=[
            Route("/", _welcome),
            Route("/graphql", graphql),
            WebSocketRoute("/graphql", graphql),
            Route("/assets/{name}", serve_asset),
            Route("/health/live", _live),
            Route("/health/ready", _ready),
        ],
        lifespan=lifespan,
    )


def _questions(adapters: Adapters) -> Questions:
    assert adapters.settings.redis_url, "the caller names the server"
    return Questions(adapters.settings.redis_url, adapters.settings.question_seconds, adapters.secrets)


def _context(state: Any) -> Context:
    return Context(state.adapters, state.threads, state.feed, state.samples, state.asking)


async def _welcome(_request: Request) -> Response:
    return PlainTextResponse(WELCOME)


async def _live(_request: Request) -> Response:
    return JSONResponse({"live": True})


async def _ready(request: Request) -> Response:
    state = request.state
    missing = await state.threads.run(_missing, state.adapters)
    if not state.feed.is_alive:
        missing.append("feed")
    return JSONResponse({"ready": not missing, "missing": missing}, status_code=503 if missing else 200)


def _missing(adapters: Adapters) -> list[str]:
    """The servers that do not answer."""
    found = []
    try:
        with adapters.pool.connection(timeout=READY_SECONDS) as connection:
            connection.execute("SELECT 1")
    except psycopg.OperationalError:
        found.append("postgres")
    assert adapters.settings.redis_url, "the caller names the server"
    try:
        with redis.Redis.from_url(
            adapters.settings.redis_url, socket_timeout=READY_SECONDS, socket_connect_timeout=READY_SECONDS
        ) as client:
            client.ping()
    except redis.RedisError:
        found.append("redis")
    return found
