"""Each request has an id, under which the log tells what came of it and the events of its mutations are found."""

import re
from uuid import uuid4

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from domain.adapters.logs import correlated

HEADER = "X-Request-Id"
# Whatever else a client sends is no id: it would stand in logs and events as it is.
USABLE = re.compile(r"[A-Za-z0-9._:-]{1,100}")


class Traced:
    """Gives each HTTP request the id that its client names, or a new one, and tells it in the answer. On a WebSocket
    each mutation has an id of its own."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """As ASGI has it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        named = Headers(scope=scope).get(HEADER, "")
        request_id = named if USABLE.fullmatch(named) else str(uuid4())

        async def tell(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)[HEADER] = request_id
            await send(message)

        with correlated(request_id):
            await self._app(scope, receive, tell)
