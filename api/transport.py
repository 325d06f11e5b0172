"""GraphQL over HTTP and WebSocket: Strawberry's own, with orjson, and JSON for whatever cannot be answered."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import orjson
from cross_web import HTTPException
from graphql import GraphQLError
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket
from strawberry.asgi import GraphQL
from strawberry.subscriptions import GRAPHQL_TRANSPORT_WS_PROTOCOL
from strawberry.subscriptions.protocols.graphql_transport_ws.handlers import BaseGraphQLTransportWSHandler

from api.context import Context
from api.errors import BAD_REQUEST
from api.schema import schema

INIT_SECONDS = 10
SUBSCRIPTIONS_PER_SOCKET = 100


class WebSocketHandler(BaseGraphQLTransportWSHandler[Context, None]):
    """One socket, on which a document that cannot be parsed ends its own operation and no other."""

    @staticmethod
    def _get_pre_execution_close_reason(_error: GraphQLError) -> str | None:
        return None


class GraphQLEndpoint(GraphQL[Context, None]):
    """The endpoint for both. `context` makes one from the state that the process shares."""

    graphql_transport_ws_handler_class = WebSocketHandler

    def __init__(self, welcome: str, context: Callable[[Any], Context]) -> None:
        super().__init__(
            schema,
            subscription_protocols=[GRAPHQL_TRANSPORT_WS_PROTOCOL],
            connection_init_wait_timeout=timedelta(seconds=INIT_SECONDS),
            max_subscriptions_per_connection=SUBSCRIPTIONS_PER_SOCKET,
        )
        self._welcome = welcome
        self._context = context

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """As ASGI has it."""
        if scope["type"] == "websocket":
            await self.run(WebSocket(scope, receive=receive, send=send))
            return
        try:
            response = await self.run(Request(scope, receive=receive))
        except HTTPException as refusal:
            error = {"message": refusal.reason, "extensions": {"code": BAD_REQUEST}}
            response = JSONResponse({"errors": [error]}, status_code=refusal.status_code)
        await response(scope, receive, send)

    async def get_context(self, request: Request | WebSocket, response: Response | WebSocket) -> Context:
        """One for each request, and one for each socket."""
        context = self._context(request.state)
        context.by_get = request.scope.get("method") == "GET"
        return context

    async def render_graphql_ide(self, request: Request) -> Response:
        """What a browser is shown: the playground, or how to do without where it was not built."""
        return request.state.pages.playground() or PlainTextResponse(self._welcome)

    def encode_json(self, data: object) -> str:
        """As text, for a WebSocket frame of bytes is not what clients expect."""
        return orjson.dumps(data).decode()

    def decode_json(self, data: str | bytes) -> object:
        """Raises json.JSONDecodeError, also for bad UTF-8 and for what is nested too deep."""
        return orjson.loads(data)

    def parse_json(self, data: str | bytes) -> Any:
        """A JSON object; anything else is refused."""
        value = super().parse_json(data)
        if not isinstance(value, dict):
            raise HTTPException(400, "The body must be a JSON object: batches of operations are not taken.")
        return value
