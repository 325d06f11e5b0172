"""Errors at the top of an answer: each has a code, and what is nobody's business but ours is masked and logged."""

import logging
from collections.abc import Iterable
from traceback import format_exception
from uuid import uuid4

from graphql import GraphQLError, GraphQLSyntaxError
from strawberry.exceptions import MissingQueryError, StrawberryInputCoercionError
from strawberry.schema.exceptions import CannotGetOperationTypeError, InvalidOperationTypeError

from domain.adapters.redaction import Redaction

PARSE_FAILED = "GRAPHQL_PARSE_FAILED"
VALIDATION_FAILED = "GRAPHQL_VALIDATION_FAILED"
BAD_USER_INPUT = "BAD_USER_INPUT"
BAD_REQUEST = "BAD_REQUEST"
CURSOR_EXPIRED = "CURSOR_EXPIRED"
OPERATION_RESOLUTION_FAILURE = "OPERATION_RESOLUTION_FAILURE"
INTERNAL = "INTERNAL_SERVER_ERROR"

RESOLUTION_ERRORS = (MissingQueryError, CannotGetOperationTypeError, InvalidOperationTypeError)

log = logging.getLogger(__name__)


def bad_input(message: str) -> GraphQLError:
    """What was asked cannot be; the message says what can."""
    return GraphQLError(message, extensions={"code": BAD_USER_INPUT})


def bad_request(message: str) -> GraphQLError:
    """What was asked may not be asked in this way; the message says in which."""
    return GraphQLError(message, extensions={"code": BAD_REQUEST})


def cursor_expired(message: str) -> GraphQLError:
    """A position from which nothing can go on."""
    return GraphQLError(message, extensions={"code": CURSOR_EXPIRED})


def give_code(errors: Iterable[GraphQLError], code: str) -> None:
    """Give the code to the errors that have none."""
    for error in errors:
        error.extensions = {"code": code, **(error.extensions or {})}


def prepare(errors: Iterable[GraphQLError], redaction: Redaction) -> None:
    """Make errors fit to be seen: each gets its code; a bug becomes an id, and the log has its trace once."""
    seen: dict[int, str] = {}
    for error in errors:
        cause = _cause(error)
        if isinstance(cause, GraphQLError | StrawberryInputCoercionError):
            give_code([error], PARSE_FAILED if isinstance(error, GraphQLSyntaxError) else BAD_USER_INPUT)
        elif isinstance(cause, RESOLUTION_ERRORS):
            give_code([error], OPERATION_RESOLUTION_FAILURE)
        else:
            _mask(error, cause, seen, redaction)
        error.message = redaction.text(error.message)


def _cause(error: GraphQLError) -> Exception:
    """What was raised first: graphql-core wraps it, more than once where lists are nested."""
    found: Exception = error
    while isinstance(found, GraphQLError) and found.original_error is not None:
        found = found.original_error
    return found


def _mask(error: GraphQLError, cause: Exception, seen: dict[int, str], redaction: Redaction) -> None:
    if id(cause) not in seen:
        seen[id(cause)] = uuid4().hex
        trace = redaction.text("".join(format_exception(cause)))
        log.error("Internal error %s at %s\n%s", seen[id(cause)], error.path, trace)
    error.message = "Internal error"
    error.extensions = {"code": INTERNAL, "errorId": seen[id(cause)]}
