"""Values that GraphQL has no name for."""

from datetime import UTC, datetime
from typing import Any, NewType

import strawberry
from graphql import GraphQLError
from strawberry.scalars import JSON
from strawberry.types.scalar import ScalarDefinition

from domain.adapters.uploads import UploadedFile

BigInt = NewType("BigInt", int)
Position = NewType("Position", str)
Upload = NewType("Upload", UploadedFile)

LARGEST_EXACT = 2**53  # beyond, a JSON number is not exact in every client


def _read_big_int(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or abs(value) > LARGEST_EXACT:
        raise GraphQLError("A BigInt is a whole number from -2^53 to 2^53.")
    return value


def _read_position(value: Any) -> str:
    if not isinstance(value, str):
        raise GraphQLError("A Position is a string that an answer of this API gave.")
    return value


def _read_upload(value: Any) -> UploadedFile:
    if not isinstance(value, UploadedFile):
        raise GraphQLError("An Upload is a file part of a multipart request, and null in its place in `operations`.")
    return value


def _write_time(value: datetime) -> str:
    return value.astimezone(UTC).isoformat()


def _read_time(value: Any) -> datetime:
    try:
        read = datetime.fromisoformat(value)
    except (TypeError, ValueError) as wrong:
        raise GraphQLError("A DateTime is a string in the form of ISO 8601.") from wrong
    return read if read.tzinfo else read.replace(tzinfo=UTC)


SCALARS: dict[object, ScalarDefinition] = {
    BigInt: strawberry.scalar(
        name="BigInt",
        description="A whole number as a JSON number, exact from -2^53 to 2^53.",
        specified_by_url="https://www.rfc-editor.org/rfc/rfc8259#section-6",
        serialize=int,
        parse_value=_read_big_int,
    ),
    Position: strawberry.scalar(
        name="Position",
        description='A place in this event log, as a string that also names the log. "0" is before the first event.',
        specified_by_url="https://relay.dev/graphql/connections.htm#sec-Cursor",  # opaque, as a cursor is
        parse_value=_read_position,
    ),
    Upload: strawberry.scalar(
        name="Upload",
        description="A file part of a GraphQL multipart request; nothing else can stand for one.",
        specified_by_url="https://github.com/jaydenseric/graphql-multipart-request-spec",
        parse_value=_read_upload,
    ),
    datetime: strawberry.scalar(
        name="DateTime",
        description="A moment in the form of ISO 8601, in UTC.",
        specified_by_url="https://www.rfc-editor.org/rfc/rfc3339",
        serialize=_write_time,
        parse_value=_read_time,
    ),
    JSON: strawberry.scalar(
        name="JSON",
        description="Any JSON value.",
        specified_by_url="https://www.rfc-editor.org/rfc/rfc8259",
        parse_value=lambda value: value,
    ),
}
