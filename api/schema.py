"""The schema: joins the roots. `schema.graphql` beside this file is what it prints."""

from collections.abc import Iterator
from contextlib import suppress
from functools import lru_cache
from typing import Any

from graphql import DocumentNode, GraphQLError, GraphQLSyntaxError, parse
from strawberry import Schema
from strawberry.extensions import SchemaExtension
from strawberry.extensions.validation_cache import ValidationCache
from strawberry.schema.config import StrawberryConfig
from strawberry.types import ExecutionContext

from api.errors import VALIDATION_FAILED, give_code, prepare
from api.mutations import Mutation
from api.queries import Query
from api.redaction import redaction_of
from api.samples import Sample
from api.scalars import SCALARS
from api.subscriptions import Subscription
from api.user_errors import USER_ERRORS
from domain.adapters.redaction import Redaction

DOCUMENTS = 128

_parse: Any = lru_cache(DOCUMENTS)(parse)


class ParsedOnce(SchemaExtension):
    """A document that comes again is not parsed again."""

    def on_parse(self) -> Iterator[None]:
        """What cannot be parsed is left to be parsed, and refused, where no cache is."""
        context = self.execution_context
        with suppress(GraphQLSyntaxError):
            document: DocumentNode = _parse(context.query, **context.parse_options)
            context.graphql_document = document
        yield


class ValidatedOnce(ValidationCache):
    """A document that comes again is not validated again; what is wrong with it has its code."""

    def __init__(self) -> None:
        super().__init__(DOCUMENTS)

    def on_validate(self) -> Iterator[None]:
        """Before what follows."""
        yield from super().on_validate()
        give_code(self.execution_context.pre_execution_errors or (), VALIDATION_FAILED)


class DatasetsSchema(Schema):
    """A schema whose errors are fit to be seen."""

    def process_errors(self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None) -> None:
        """Called for the errors of every answer, whatever it goes out by."""
        asked = execution_context
        prepare(errors, redaction_of(asked.query, asked.variables) if asked else Redaction([]))


schema = DatasetsSchema(
    query=Query,
    mutation=Mutation,
    subscription=Subscription,
    types=[Sample, *USER_ERRORS],
    extensions=[ParsedOnce, ValidatedOnce],
    config=StrawberryConfig(scalar_map=SCALARS),
)
