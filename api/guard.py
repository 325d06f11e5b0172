"""Who may call at all: by which name, from whose pages, and with which token."""

from hmac import compare_digest
from urllib.parse import parse_qs, urlsplit

from graphql import GraphQLError
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from api.answers import refused_answer
from api.errors import Code, refusal
from domain.adapters.settings import Settings

HEALTH = "/health/"
GRAPHQL = "/graphql"
# Pages and what they load are for everybody who may call; these are for those who show the token.
NEED_TOKEN = (GRAPHQL, "/uploads", "/metrics")
BEARER = "bearer "


class Guard:
    """Stands before the application. A WebSocket shows its token later, in its connection_init."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self._app = app
        self._hosts = frozenset(settings.allowed_hosts)
        self._token = settings.api_token

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """As ASGI has it."""
        if scope["type"] != "lifespan" and not scope["path"].startswith(HEALTH):
            refused = self._refusal(scope, Headers(scope=scope))
            if refused:
                await refused_answer(refused)(scope, receive, send)  # of a WebSocket, the answer to its handshake
                return
        await self._app(scope, receive, send)

    def _refusal(self, scope: Scope, headers: Headers) -> GraphQLError | None:
        if not self._is_ours(headers.get("host")):
            return refusal(Code.FORBIDDEN, "This service is not called so: see MISTUDIO_ALLOWED_HOSTS.")
        origin = headers.get("origin")
        if origin is not None and not self._is_ours(_host_of(origin)):
            return refusal(Code.FORBIDDEN, "Pages of this origin may not call: see MISTUDIO_ALLOWED_HOSTS.")
        if self._token and _needs_token(scope, headers) and not is_token(headers.get("authorization"), self._token):
            return refusal(Code.UNAUTHENTICATED, "Show the token: Authorization: Bearer ...")
        return None

    def _is_ours(self, host: str | None) -> bool:
        """Whether a name, with its port or without, is one of ours."""
        if not host:
            return False
        host = host.lower()
        name, _, port = host.rpartition(":")
        return host in self._hosts or (port.isdigit() and name in self._hosts)


def is_token(shown: object, token: str) -> bool:
    """Whether "Bearer ..." shows the token; takes as long for a wrong one as for the right one."""
    if not isinstance(shown, str) or not shown.lower().startswith(BEARER):
        return False
    return compare_digest(shown[len(BEARER) :].strip().encode(errors="replace"), token.encode())


def is_page(scope: Scope, headers: Headers) -> bool:
    """Whether a browser asks for the page at the address of the API, and not for an operation."""
    asked = parse_qs(scope["query_string"].decode("latin-1"), keep_blank_values=True)
    is_operation = "query" in asked or "documentId" in asked
    return scope["method"] == "GET" and "text/html" in headers.get("accept", "") and not is_operation


def _needs_token(scope: Scope, headers: Headers) -> bool:
    if scope["type"] == "websocket" or not scope["path"].startswith(NEED_TOKEN):
        return False
    return scope["path"] != GRAPHQL or not is_page(scope, headers)


def _host_of(origin: str) -> str:
    """The host of an origin with its port; empty for "null" and whatever is no origin."""
    try:
        return urlsplit(origin).netloc
    except ValueError:
        return ""
