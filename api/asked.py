"""What a client asks for, out of an HTTP request or a message of a WebSocket."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson
from graphql import GraphQLError
from starlette.requests import Request

from api.errors import Code, refusal

JSON = "application/json"
CHARSETS = ("", "utf-8", "utf8")


@dataclass(frozen=True, slots=True)
class Asked:
    """One operation to run. `document_id` names a document that the server has, instead of `query`."""

    query: str | None
    document_id: str | None
    operation_name: str | None
    variables: dict[str, Any] | None


def asked_of(data: object) -> Asked:
    """What an object of JSON asks for; raises BAD_REQUEST."""
    if not isinstance(data, dict):
        raise _bad("Send one JSON object: batches of operations are not taken.")
    _is_object_or_null(data, "extensions")
    variables = _is_object_or_null(data, "variables")
    query, document_id, name = (_text_or_null(data, name) for name in ("query", "documentId", "operationName"))
    return Asked(query, document_id, name, variables)


async def read_asked(request: Request, most_bytes: int) -> Asked:
    """What an HTTP request asks for; raises the GraphQLError by whose code it is refused."""
    if request.method == "GET":
        # as forms and links leave out a parameter
        given: dict[str, object] = {name: value for name, value in request.query_params.items() if value}
        for name in ("variables", "extensions"):
            if name in given:
                given[name] = parse(str(given[name]).encode(errors="surrogateescape"))
        return asked_of(given)
    if request.method != "POST":
        raise refusal(Code.METHOD_NOT_ALLOWED, "Operations come by POST, queries also by GET.")
    _check_type(request.headers)
    return asked_of(parse(await _read_body(request, most_bytes)))


def _check_type(headers: Mapping[str, str]) -> None:
    kind, *parameters = (part.strip().lower() for part in headers.get("content-type", "").split(";"))
    named = dict(parameter.partition("=")[::2] for parameter in parameters)
    if kind != JSON or named.get("charset", "").strip('"') not in CHARSETS:
        raise refusal(Code.UNSUPPORTED_MEDIA_TYPE, f"Send the operation as {JSON}, in UTF-8.")
    check_encoding(headers)


def check_encoding(headers: Mapping[str, str]) -> None:
    """Raises UNSUPPORTED_MEDIA_TYPE for a body that is packed."""
    if headers.get("content-encoding", "identity") != "identity":
        raise refusal(Code.UNSUPPORTED_MEDIA_TYPE, "Send the operation without a Content-Encoding.")


def too_large(most_bytes: int) -> GraphQLError:
    """PAYLOAD_TOO_LARGE."""
    return refusal(Code.PAYLOAD_TOO_LARGE, f"A request has at most {most_bytes:,} bytes.")


def upload_too_large(most_bytes: int) -> GraphQLError:
    """UPLOAD_TOO_LARGE."""
    message = f"A request with files has at most {most_bytes:,} bytes: send a larger file to /uploads."
    return refusal(Code.UPLOAD_TOO_LARGE, message)


async def _read_body(request: Request, most_bytes: int) -> bytes:
    """Raises PAYLOAD_TOO_LARGE, before more than that is held in memory."""
    length = request.headers.get("content-length", "0")
    body = bytearray()
    if length.isdigit() and int(length) <= most_bytes:
        async for chunk in request.stream():
            body += chunk
            if len(body) > most_bytes:
                break
        else:
            return bytes(body)
    raise too_large(most_bytes)


def parse(text: bytes | bytearray) -> object:
    """The value of a JSON text; raises BAD_REQUEST."""
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:  # also for bad UTF-8 and for what is nested too deep
        raise _bad("This is not JSON in UTF-8.") from None


def _text_or_null(data: Mapping[str, object], name: str) -> str | None:
    value = data.get(name)
    if value is not None and not isinstance(value, str):
        raise _bad(f"`{name}` is a string, or left out.")
    return value


def _is_object_or_null(data: Mapping[str, object], name: str) -> dict[str, Any] | None:
    value = data.get(name)
    if value == "":  # as forms and links leave out a parameter
        return None
    if value is not None and not isinstance(value, dict):
        raise _bad(f"`{name}` is an object, or left out.")
    return value


def _bad(message: str) -> GraphQLError:
    return refusal(Code.BAD_REQUEST, message)
