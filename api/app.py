"""The process that answers: routes, what they share, and how it begins and ends."""

import asyncio
import logging
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any, TypedDict

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route, WebSocketRoute

from api.answers import METHODS, refused_answer
from api.context import Context, Shared
from api.documents import Documents
from api.downloads import serve_download
from api.errors import Code, refusal
from api.feed import Feed
from api.guard import Guard
from api.health import serve_live, serve_ready
from api.heard import on_heard
from api.metrics import serve_metrics
from api.pages import BUILT, CLIENT_ADDRESSES, Pages, client_page, serve_asset, serve_client
from api.questions import Asking
from api.sample_downloads import serve_samples
from api.schema import schema
from api.shared_answers import SharedAnswers
from api.spare import give_back_for_ever
from api.tally import Tally
from api.threads import Threads
from api.traced import Traced
from api.transport import GraphQLEndpoint
from api.tus import Uploading
from domain.adapters import Adapters, open_adapters
from domain.adapters.kept_open import KeptOpen
from domain.adapters.live_statistics import LiveStatistics
from domain.adapters.questions import Questions
from domain.adapters.settings import Settings, read_settings
from domain.adapters.uploads import folder_of, sweep_uploads

# In threads of their own: all else is answered while some take long, and pages while downloads do, which have no end.
SEARCHES_AT_ONCE = 4
DOWNLOADS_AT_ONCE = 2
NOT_FOUND = 404
METHOD_NOT_ALLOWED = 405

WELCOME = """\
miStudio Datasets

The GraphQL API is at /graphql: POST it {"query": "{ datasets { nodes { name status } } }"} as application/json,
or subscribe over WebSocket with the protocol graphql-transport-ws, or with "Accept: text/event-stream". Its schema is
the file api/schema.graphql.
Large files are sent to /uploads, by the protocol tus 1.0.0, and become datasets by uploadDataset.
/health/live says whether this process answers, /health/ready whether all that it needs does.
"""

log = logging.getLogger(__name__)


class State(TypedDict):
    """What Starlette hands to every request."""

    shared: Shared
    pages: Pages


def create_app(settings: Settings | None = None, pages: Path = BUILT) -> Starlette:
    """The application, on the servers that the settings (None: of the environment) name, with the pages of a folder."""
    chosen = settings or read_settings(os.environ)

    uploading = Uploading(chosen)

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[State]:
        async with AsyncExitStack() as stack:
            threads = Threads()
            pools = (threads, Threads(SEARCHES_AT_ONCE, "search"), Threads(DOWNLOADS_AT_ONCE, "download"))
            for pool in (*pools, uploading):
                stack.callback(pool.close)
            adapters = await threads.run(open_adapters, chosen)
            stack.callback(adapters.close)
            uploading.begin(adapters)
            await threads.run(sweep_uploads, adapters.storage, partial(folder_of, adapters.log))
            kept = KeptOpen()
            tally = Tally()
            await threads.run(tally.begin, adapters)
            feed = await Feed.open(adapters, threads, on_heard(tally, kept, adapters.storage))
            stack.push_async_callback(feed.close)
            asking = Asking(_questions(adapters))
            stack.callback(asking.close)
            documents = Documents(schema._schema, chosen)
            live = LiveStatistics(adapters.engine, adapters.storage)
            shared = Shared(adapters, *pools, feed, kept, asking, documents, live, SharedAnswers(), tally)
            stack.callback(asyncio.create_task(give_back_for_ever(threads)).cancel)
            yield State(shared=shared, pages=Pages(pages))

    return Starlette(
        routes=_routes(GraphQLEndpoint(WELCOME, _context, chosen), uploading, chosen),
        middleware=[Middleware(Traced), Middleware(Guard, settings=chosen)],
        exception_handlers={HTTPException: _refuse(is_locked=chosen.is_locked)},
        lifespan=lifespan,
    )


def _routes(graphql: GraphQLEndpoint, uploading: Uploading, settings: Settings) -> list[BaseRoute]:
    client = serve_client(WELCOME, is_locked=settings.is_locked)
    return [
        *(Route(address, client) for address in CLIENT_ADDRESSES),
        Route("/graphql", graphql),
        WebSocketRoute("/graphql", graphql),
        Route("/assets/{name}", serve_asset),
        Route("/downloads/{signed}", serve_download),
        Route("/downloads/samples/{signed}.jsonl", serve_samples),
        Route("/uploads", uploading),
        Route("/uploads/{id}", uploading),
        Route("/health/live", serve_live),
        Route("/health/ready", serve_ready),
        Route("/metrics", serve_metrics),
    ]


def _questions(adapters: Adapters) -> Questions:
    assert adapters.settings.redis_url, "the caller names the server"
    return Questions(adapters.settings.redis_url, adapters.settings.question_seconds, adapters.secrets)


def _context(state: Any) -> Context:
    return Context(state.shared)


def _refuse(*, is_locked: bool) -> Callable[[Request, Exception], Awaitable[Response]]:
    async def refuse(request: Request, refused: Exception) -> Response:
        assert isinstance(refused, HTTPException)
        # an address that nobody serves was mistyped by a person: the client says so, and leads back
        is_nowhere = refused.status_code == NOT_FOUND and "endpoint" not in request.scope
        page = client_page(request, is_locked=is_locked, status=NOT_FOUND) if is_nowhere else None
        return page or _answer(refused)

    return refuse


def _answer(refused: HTTPException) -> Response:
    code = Code.METHOD_NOT_ALLOWED if refused.status_code == METHOD_NOT_ALLOWED else Code.NOT_FOUND
    return refused_answer(refusal(code, refused.detail), (refused.headers or {}).get("Allow", METHODS))
