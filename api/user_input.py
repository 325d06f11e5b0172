"""Refusals of what a query was given, as errors at the top of its answer."""

from collections.abc import Generator
from contextlib import contextmanager

from graphql import GraphQLError

from api.errors import bad_input
from domain.errors import Refused


def bad_input_of(refused: Refused, *before: str) -> GraphQLError:
    """BAD_USER_INPUT that names the field, below `before`."""
    path = ".".join((*before, *refused.path))
    return bad_input(f"{path}: {refused.message}" if path else refused.message)


@contextmanager
def refusals_of(*before: str) -> Generator[None]:
    """What is refused within is BAD_USER_INPUT."""
    try:
        yield
    except Refused as refused:
        raise bad_input_of(refused, *before) from None
