"""Answers over HTTP: in which media type, with which status, and what they say."""

import time
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import orjson
from graphql import GraphQLError
from starlette.responses import Response
from strawberry.types import ExecutionResult

from api.asked import JSON
from api.errors import BAD_REQUEST_STATUS, Code, refusal, status_of
from api.shared_answers import encodable

GRAPHQL = "application/graphql-response+json"
EVENT_STREAM = "text/event-stream"
# How operations come, unless the profile is locked.
METHODS = "GET, POST"
# What a range of media types is answered with.
SERVED = {GRAPHQL: GRAPHQL, JSON: JSON, EVENT_STREAM: EVENT_STREAM, "application/*": JSON, "*/*": JSON}


@lru_cache(256)
def media_of(accept: str) -> str:
    """The media type to answer in: what is liked best, then named first. Raises NOT_ACCEPTABLE."""
    liked = [(_quality(parameters), SERVED.get(kind)) for kind, parameters in map(_split, accept.split(","))]
    served = [(quality, media) for quality, media in liked if media and quality > 0]
    if served:
        return max(served, key=lambda each: each[0])[1]
    if not accept.strip():
        return JSON
    raise refusal(Code.NOT_ACCEPTABLE, f"Answers are {GRAPHQL}, {JSON} or {EVENT_STREAM}.")


def answer(result: ExecutionResult, media: str, began: float) -> Response:
    """The answer to an operation, with the milliseconds since it `began` (of time.perf_counter) as Server-Timing. One
    that never ran has no `data`, and its status is that of its first error."""
    never_ran = result.data is None and all(error.path is None for error in result.errors or ())
    body = encode(result, has_data=not never_ran)
    response = _response(body, _status(result.errors, media) if never_ran else 200, media)
    response.headers["Server-Timing"] = f"total;dur={(time.perf_counter() - began) * 1000:.1f}"
    return response


def refused_answer(error: GraphQLError, allow: str = METHODS) -> Response:
    """The answer to a request that asks for no operation that could be run; `allow` are the methods that could be."""
    return _response(orjson.dumps({"errors": [error.formatted]}), status_of(error), JSON, allow)


def encode(result: ExecutionResult, *, has_data: bool = True) -> bytes:
    """A result as JSON."""
    told: dict[str, Any] = {"data": encodable(result.data)} if has_data else {}
    if result.errors:
        told["errors"] = [error.formatted for error in result.errors]
    if result.extensions:
        told["extensions"] = result.extensions
    return orjson.dumps(told)


def _status(errors: Sequence[GraphQLError] | None, media: str) -> int:
    """Answers in application/json are 200 for all requests that were well formed, as clients of old expect."""
    if not errors:
        return 200
    status = status_of(errors[0])
    well_formed = (errors[0].extensions or {}).get("code") != Code.BAD_REQUEST
    return 200 if media == JSON and status == BAD_REQUEST_STATUS and well_formed else status


def _response(body: bytes, status: int, media: str, allow: str = METHODS) -> Response:
    headers = {401: {"WWW-Authenticate": "Bearer"}, 405: {"Allow": allow}}.get(status)
    return Response(body, status, headers=headers, media_type=f"{media}; charset=utf-8")


def _split(part: str) -> tuple[str, str]:
    kind, _, parameters = part.strip().lower().partition(";")
    return kind.strip(), parameters


def _quality(parameters: str) -> float:
    for parameter in parameters.split(";"):
        name, _, value = parameter.strip().partition("=")
        if name == "q":
            try:
                return float(value)
            except ValueError:
                return 0
    return 1
