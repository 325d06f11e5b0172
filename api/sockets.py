"""GraphQL over WebSocket: Strawberry's handler of graphql-transport-ws, with our limits, codes and token."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any, cast

import orjson
from graphql import GraphQLError
from starlette.requests import Request
from starlette.responses import Response
from starlette.websockets import WebSocket
from strawberry.asgi import GraphQL
from strawberry.http.exceptions import WebSocketDisconnected
from strawberry.subscriptions import GRAPHQL_TRANSPORT_WS_PROTOCOL
from strawberry.subscriptions.protocols.graphql_transport_ws import types
from strawberry.subscriptions.protocols.graphql_transport_ws.handlers import BaseGraphQLTransportWSHandler

from api.asked import asked_of
from api.context import Context
from api.errors import Code, refusal
from api.guard import is_token
from api.schema import schema
from api.shared_answers import encodable
from domain.adapters.settings import Settings

FORBIDDEN = 4403


class WebSocketHandler(BaseGraphQLTransportWSHandler[Context, None]):
    """One socket, on which an operation that is refused ends alone and leaves the others be."""

    @staticmethod
    def _get_pre_execution_close_reason(_error: GraphQLError) -> str | None:
        return None

    async def handle_task_exception(self, error: Exception) -> None:
        """A client that has gone while it was told something is no fault."""
        if not isinstance(error, WebSocketDisconnected):
            await super().handle_task_exception(error)

    async def handle_message(self, message: types.Message) -> None:
        """Only what has the shape of a message goes on."""
        named = cast("dict[str, object]", message) if isinstance(message, dict) else {}
        if not isinstance(named.get("type"), str):
            await self.handle_invalid_message("A message is an object with a `type`")
        elif not isinstance(named.get("id", ""), str):
            await self.handle_invalid_message("The `id` of an operation is a string")
        else:
            await super().handle_message(message)

    async def handle_connection_init(self, message: types.ConnectionInitMessage) -> None:
        """With a token set, nobody gets in without it."""
        token = self.context.adapters.settings.api_token
        payload = cast("object", message.get("payload"))
        shown = payload.get("authorization", payload.get("Authorization")) if isinstance(payload, dict) else None
        if token and not is_token(shown, token):
            await self.websocket.close(FORBIDDEN, "Show the token: {authorization: 'Bearer ...'}")
        else:
            await super().handle_connection_init(message)

    async def handle_subscribe(self, message: types.SubscribeMessage) -> None:
        """An operation may name its document by `documentId`, and needs no `query` then."""
        id_ = message["id"]
        try:
            if len(self.operations) >= self.context.adapters.settings.max_subscriptions and id_ not in self.operations:
                raise refusal(Code.SUBSCRIPTION_LIMIT, "This socket runs all the operations that it may.")
            asked = asked_of(message["payload"])
            query = self.context.documents.text(asked)
        except GraphQLError as refused:
            await self.send_message({"id": id_, "type": "error", "payload": [refused.formatted]})
            return
        payload = {"query": query, "variables": asked.variables, "operationName": asked.operation_name}
        await super().handle_subscribe(cast("types.SubscribeMessage", {**message, "payload": payload}))


class Sockets(GraphQL[Context, None]):
    """The endpoint of WebSockets. `context` makes one from the state that the process shares."""

    graphql_transport_ws_handler_class = WebSocketHandler

    def __init__(self, context: Callable[[Any], Context], settings: Settings) -> None:
        super().__init__(
            schema,
            subscription_protocols=[GRAPHQL_TRANSPORT_WS_PROTOCOL],
            connection_init_wait_timeout=timedelta(seconds=settings.init_seconds),
            max_subscriptions_per_connection=None,
            allowed_origins=["*"],  # the guard has looked at it
        )
        self._context = context

    async def get_context(self, request: Request | WebSocket, response: Response | WebSocket) -> Context:
        """One for each socket."""
        return self._context(request.state)

    def encode_json(self, data: object) -> str:
        """As text, for a WebSocket frame of bytes is not what clients expect."""
        message = cast("dict[str, Any]", data)
        if message["type"] == "next":
            payload = message["payload"]
            message = {**message, "payload": {**payload, "data": encodable(payload["data"])}}
        return orjson.dumps(message).decode()

    def decode_json(self, data: str | bytes) -> object:
        """Raises json.JSONDecodeError, also for what is nested too deep."""
        return orjson.loads(data)
