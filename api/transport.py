"""GraphQL over HTTP, as its specification has it, and the way to the sockets."""

import time
from collections.abc import Callable
from contextlib import AsyncExitStack
from typing import Any

from graphql import GraphQLError
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send
from strawberry.types.graphql import OperationType

from api.answers import EVENT_STREAM, METHODS, answer, media_of, refused_answer
from api.asked import Asked, read_asked
from api.context import Context
from api.errors import Code, internal_error, refusal
from api.guard import is_page
from api.multipart import Form, check_headers, is_multipart, read_multipart
from api.pace import Pace
from api.schema import schema
from api.sockets import Sockets
from api.sse import EventStream
from domain.adapters.redaction import Redaction
from domain.adapters.settings import Settings

BY_GET = frozenset({OperationType.QUERY})
BY_POST = frozenset({OperationType.QUERY, OperationType.MUTATION})
STREAMED = frozenset({OperationType.SUBSCRIPTION})


class GraphQLEndpoint:
    """The endpoint for HTTP and WebSocket. `context` makes one from the state that the process shares."""

    def __init__(self, welcome: str, context: Callable[[Any], Context], settings: Settings) -> None:
        self._welcome = welcome
        self._context = context
        self._settings = settings
        self._sockets = Sockets(context, settings)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """As ASGI has it."""
        if scope["type"] == "websocket":
            await self._sockets(scope, receive, send)
            return
        request = Request(scope, receive)
        async with AsyncExitStack() as until_answered:
            try:
                response = await self._respond(request, until_answered)
            except ClientDisconnect:
                return
            except GraphQLError as refused:
                response = refused_answer(refused, "POST" if self._settings.is_locked else METHODS)
            except Exception as bug:  # noqa: BLE001  the shell of a request: the log has the trace, the client an id
                response = refused_answer(internal_error(bug, f"{request.method} {request.url.path}", Redaction([])))
            await response(scope, receive, send)

    async def _respond(self, request: Request, until_answered: AsyncExitStack) -> ASGIApp:
        began = time.perf_counter()
        if request.method == "GET" and self._settings.is_locked:
            raise refusal(Code.METHOD_NOT_ALLOWED, "Operations come by POST.")
        if is_page(request.scope, request.headers):
            return self._page(request)
        media = media_of(request.headers.get("accept", ""))
        context = self._context(request.state)
        asked = await self._read(request, context, until_answered)
        context.by_get = request.method == "GET"
        context.idempotency_key = request.headers.get("idempotency-key")
        allowed = BY_GET if request.method == "GET" else BY_POST
        if media == EVENT_STREAM:
            return await self._stream(request, asked, context, allowed | STREAMED)
        result = await schema.execute(
            context.documents.text(asked),
            variable_values=asked.variables,
            context_value=context,
            operation_name=asked.operation_name,
            allowed_operation_types=allowed,
        )
        return answer(result, media, began)

    async def _read(self, request: Request, context: Context, until_answered: AsyncExitStack) -> Asked:
        """What is asked for; files that come with it are here until it is answered."""
        if not is_multipart(request):
            return await read_asked(request, self._settings.max_body_bytes)
        check_headers(request, self._settings.max_multipart_bytes)
        form = Form(request, context.adapters)
        until_answered.push_async_callback(context.threads.run, form.close)
        pace = Pace(self._settings.upload_seconds, self._settings.upload_rate)
        return await read_multipart(request, form, context.threads, self._settings.max_multipart_bytes, pace)

    async def _stream(
        self, request: Request, asked: Asked, context: Context, allowed: frozenset[OperationType]
    ) -> ASGIApp:
        """What is wrong with the operation is told in the stream, for browsers hide any other answer."""
        query = context.documents.text(asked)
        context.documents.refuse_method(query, asked.operation_name, allowed)
        context.left_off = request.headers.get("last-event-id")
        results = await schema.stream(
            query,
            variable_values=asked.variables,
            context_value=context,
            operation_name=asked.operation_name,
            allowed_operation_types=allowed,
        )
        return EventStream(results, context)

    def _page(self, request: Request) -> Response:
        """What a browser is shown: the playground, or how to do without where it was not built."""
        return request.state.pages.playground() or PlainTextResponse(self._welcome)
