"""GraphQL over WebSocket: Strawberry's handler of graphql-transport-ws, with our limits, codes and token."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import Any, cast

import orjson
from graphql import GraphQLError
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState
from starlette.websockets import WebSocketDisconnected as SocketIsClosed
from strawberry.asgi import GraphQL
from strawberry.http.exceptions import WebSocketDisconnected
from strawberry.subscriptions import GRAPHQL_TRANSPORT_WS_PROTOCOL
from strawberry.subscriptions.protocols.graphql_transport_ws import types
from strawberry.subscriptions.protocols.graphql_transport_ws.handlers import BaseGraphQLTransportWSHandler

from api.asked import asked_of
from api.context import Context
from api.errors import Code, internal_error, refusal
from api.guard import is_token
from api.redaction import redaction_of
from api.schema import schema
from api.shared_answers import encodable
from domain.adapters.redaction import Redaction
from domain.adapters.settings import Settings

FORBIDDEN = 4403
INTERNAL = 1011
OPERATION = "an operation over WebSocket"
# What is raised to whoever tells a client something that has gone, or was told goodbye.
GONE = (WebSocketDisconnect, WebSocketDisconnected, SocketIsClosed)


class WebSocketHandler(BaseGraphQLTransportWSHandler[Context, None]):
    """One socket, on which an operation that is refused ends alone and leaves the others be."""

    @staticmethod
    def _get_pre_execution_close_reason(_error: GraphQLError) -> str | None:
        return None

    async def handle_task_exception(self, error: Exception) -> None:
        """The operation at whose task a fault shows ends with an error of its own."""
        if isinstance(error, GONE):
            return
        at_fault = [each for each in self.operations.values() if each.task is asyncio.current_task()]
        for operation in at_fault:
            redaction = redaction_of(operation.query, operation.variables)
            await operation.send_initial_errors([internal_error(error, OPERATION, redaction)])

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
        id_, payload = message["id"], message["payload"]
        try:
            named = self._named(id_, payload)
        except Exception as wrong:  # noqa: BLE001  Strawberry takes some for a malformed message, and tells nobody
            refused = wrong if isinstance(wrong, GraphQLError) else internal_error(wrong, OPERATION, Redaction([]))
            await self.send_message({"id": id_, "type": "error", "payload": [refused.formatted]})
            return
        await super().handle_subscribe(cast("types.SubscribeMessage", {**message, "payload": named}))

    def _named(self, id_: str, payload: object) -> dict[str, object]:
        """The payload with the text of the document that it asks for; raises GraphQLError."""
        if len(self.operations) >= self.context.adapters.settings.max_subscriptions and id_ not in self.operations:
            raise refusal(Code.SUBSCRIPTION_LIMIT, "This socket runs all the operations that it may.")
        asked = asked_of(payload)
        query = self.context.documents.text(asked)
        return {"query": query, "variables": asked.variables, "operationName": asked.operation_name}


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

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """As ASGI has it. A fault of ours closes the socket with a code, and with the id under which the log has it."""
        socket = WebSocket(scope, receive, send)
        try:
            await self.run(socket)
        except GONE:
            return
        except Exception as bug:  # noqa: BLE001  the shell of a socket: the log has the trace, the client an id
            masked = internal_error(bug, f"WebSocket {scope['path']}", Redaction([]))
            if socket.application_state is not WebSocketState.DISCONNECTED:
                await socket.close(INTERNAL, f"{masked.message} {(masked.extensions or {})['errorId']}")

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
