"""Errors at the top of an answer: each has a code, and what is nobody's business but ours is masked and logged."""

import logging
from collections.abc import Iterable
from enum import StrEnum
from traceback import format_exception
from uuid import uuid4

import psycopg
from graphql import GraphQLError, GraphQLSyntaxError
from strawberry.exceptions import StrawberryInputCoercionError

from domain.adapters.away import DATABASE_AWAY
from domain.adapters.redaction import Redaction


class Code(StrEnum):
    """All that `extensions.code` of an error at the top of an answer can be; the README says what each means."""

    PARSE_FAILED = "GRAPHQL_PARSE_FAILED"
    VALIDATION_FAILED = "GRAPHQL_VALIDATION_FAILED"
    OPERATION_RESOLUTION_FAILURE = "OPERATION_RESOLUTION_FAILURE"
    BAD_USER_INPUT = "BAD_USER_INPUT"
    BAD_REQUEST = "BAD_REQUEST"
    CURSOR_EXPIRED = "CURSOR_EXPIRED"
    DEPTH_LIMIT = "DEPTH_LIMIT"
    ALIAS_LIMIT = "ALIAS_LIMIT"
    DIRECTIVE_LIMIT = "DIRECTIVE_LIMIT"
    TOKEN_LIMIT = "TOKEN_LIMIT"  # noqa: S105  tokens of a document, no secret
    LENGTH_LIMIT = "LENGTH_LIMIT"
    COST_LIMIT = "COST_LIMIT"
    SUBSCRIPTION_LIMIT = "SUBSCRIPTION_LIMIT"
    DOCUMENT_NOT_FOUND = "DOCUMENT_NOT_FOUND"
    UNAUTHENTICATED = "UNAUTHENTICATED"
    FORBIDDEN = "FORBIDDEN"
    NOT_FOUND = "NOT_FOUND"
    METHOD_NOT_ALLOWED = "METHOD_NOT_ALLOWED"
    NOT_ACCEPTABLE = "NOT_ACCEPTABLE"
    PAYLOAD_TOO_LARGE = "PAYLOAD_TOO_LARGE"
    UPLOAD_TOO_LARGE = "UPLOAD_TOO_LARGE"
    UNSUPPORTED_MEDIA_TYPE = "UNSUPPORTED_MEDIA_TYPE"
    RANGE_NOT_SATISFIABLE = "RANGE_NOT_SATISFIABLE"
    OFFSET_MISMATCH = "OFFSET_MISMATCH"
    PRECONDITION_FAILED = "PRECONDITION_FAILED"
    LOCKED = "LOCKED"
    CHECKSUM_MISMATCH = "CHECKSUM_MISMATCH"
    INSUFFICIENT_STORAGE = "INSUFFICIENT_STORAGE"
    TRY_AGAIN = "TRY_AGAIN"
    INTERNAL = "INTERNAL_SERVER_ERROR"


STATUS = {
    Code.UNAUTHENTICATED: 401,
    Code.FORBIDDEN: 403,
    Code.NOT_FOUND: 404,
    Code.METHOD_NOT_ALLOWED: 405,
    Code.NOT_ACCEPTABLE: 406,
    Code.OFFSET_MISMATCH: 409,
    Code.PRECONDITION_FAILED: 412,
    Code.PAYLOAD_TOO_LARGE: 413,
    Code.UPLOAD_TOO_LARGE: 413,
    Code.UNSUPPORTED_MEDIA_TYPE: 415,
    Code.RANGE_NOT_SATISFIABLE: 416,
    Code.LOCKED: 423,
    Code.CHECKSUM_MISMATCH: 460,  # of tus
    Code.INTERNAL: 500,
    Code.TRY_AGAIN: 503,
    Code.INSUFFICIENT_STORAGE: 507,
}
BAD_REQUEST_STATUS = 400
OF_THE_DATABASE = {
    Code.INSUFFICIENT_STORAGE: "The disk of the database is full: nothing was done. Make room there, then ask again.",
    Code.TRY_AGAIN: "The database does not answer: ask again, a mutation with the same `idempotencyKey`.",
}

log = logging.getLogger(__name__)


def refusal(code: Code, message: str) -> GraphQLError:
    """What was asked will not be done; the message says what would be."""
    return GraphQLError(message, extensions={"code": code})


def bad_input(message: str) -> GraphQLError:
    """What was asked cannot be; the message says what can."""
    return refusal(Code.BAD_USER_INPUT, message)


def bad_request(message: str) -> GraphQLError:
    """What was asked may not be asked in this way; the message says in which."""
    return refusal(Code.BAD_REQUEST, message)


def cursor_expired(message: str) -> GraphQLError:
    """A position from which nothing can go on."""
    return refusal(Code.CURSOR_EXPIRED, message)


def status_of(error: GraphQLError) -> int:
    """The HTTP status of an answer that is this error and nothing else."""
    code = (error.extensions or {}).get("code")
    return STATUS.get(code, BAD_REQUEST_STATUS) if isinstance(code, Code) else BAD_REQUEST_STATUS


def give_code(errors: Iterable[GraphQLError], code: Code) -> None:
    """Give the code to the errors that have none."""
    for error in errors:
        error.extensions = {"code": code, **(error.extensions or {})}


def prepare(errors: Iterable[GraphQLError], redaction: Redaction) -> None:
    """Make errors fit to be seen: each gets its code; a bug becomes an id, and the log has its trace once."""
    seen: dict[int, str] = {}
    for error in errors:
        cause = _cause(error)
        if isinstance(cause, GraphQLError | StrawberryInputCoercionError):
            give_code([error], Code.PARSE_FAILED if isinstance(error, GraphQLSyntaxError) else Code.BAD_USER_INPUT)
        else:
            _mask(error, cause, seen, redaction)
        error.message = redaction.text(error.message)


def internal_error(bug: Exception, where: str, redaction: Redaction) -> GraphQLError:
    """What a client is told of a bug: an id, under which the log has its trace."""
    masked = GraphQLError("")
    _mask(masked, bug, {}, redaction, where)
    return masked


def _cause(error: GraphQLError) -> Exception:
    """What was raised first: graphql-core wraps it, more than once where lists are nested."""
    found: Exception = error
    while isinstance(found, GraphQLError) and found.original_error is not None:
        found = found.original_error
    return found


def _code_of_the_database(cause: Exception) -> Code | None:
    """What its trouble is to a client: no fault of ours, and over once somebody has seen to it."""
    trouble = getattr(cause, "orig", cause)
    if isinstance(trouble, psycopg.errors.DiskFull):
        return Code.INSUFFICIENT_STORAGE
    return Code.TRY_AGAIN if isinstance(trouble, DATABASE_AWAY) else None


def _mask(
    error: GraphQLError, cause: Exception, seen: dict[int, str], redaction: Redaction, where: object = None
) -> None:
    code = _code_of_the_database(cause)
    if code is not None:
        log.warning("The database: %s", redaction.text(str(cause)))
        error.message, error.extensions = OF_THE_DATABASE[code], {"code": code}
        return
    if id(cause) not in seen:
        seen[id(cause)] = uuid4().hex
        trace = redaction.text("".join(format_exception(cause)))
        log.error("Internal error %s at %s\n%s", seen[id(cause)], where or error.path, trace)
    error.message = "Internal error"
    error.extensions = {"code": Code.INTERNAL, "errorId": seen[id(cause)]}
