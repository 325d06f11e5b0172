"""The schema: joins the roots. `schema.graphql` beside this file is what it prints."""

from graphql import GraphQLError
from strawberry import Schema
from strawberry.extensions.runner import SchemaExtensionsRunner
from strawberry.schema.config import StrawberryConfig
from strawberry.types import ExecutionContext
from strawberry.types.execution import PreExecutionError

from api.errors import prepare
from api.executor import Executor
from api.mutations import Mutation
from api.queries import Query
from api.redaction import redaction_of
from api.samples import Sample
from api.scalars import SCALARS
from api.subscriptions import Subscription
from api.user_errors import USER_ERRORS
from domain.adapters.redaction import Redaction


class DatasetsSchema(Schema):
    """A schema that runs what the documents of the process admit, and whose errors are fit to be seen."""

    async def _prepare_operation_async(
        self, context: ExecutionContext, extensions_runner: SchemaExtensionsRunner
    ) -> PreExecutionError | None:
        """Instead of Strawberry's parsing and validation, for whatever transport: each document once, within limits."""
        async with extensions_runner.parsing(), extensions_runner.validation():
            try:
                errors = context.context.documents.admit(context)
            except GraphQLError as refused:
                errors = [refused]
            except Exception as bug:  # noqa: BLE001  over a socket there is no shell further out that could tell the client
                errors = [GraphQLError(str(bug), original_error=bug)]
        context.pre_execution_errors = list(errors)
        return PreExecutionError(data=None, errors=list(errors)) if errors else None

    def process_errors(self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None) -> None:
        """Called for the errors of every answer, whatever it goes out by."""
        asked = execution_context
        prepare(errors, redaction_of(asked.query, asked.variables) if asked else Redaction([]))
        if asked:
            asked.context.documents.hide_hints(errors)


schema = DatasetsSchema(
    query=Query,
    mutation=Mutation,
    subscription=Subscription,
    types=[Sample, *USER_ERRORS],
    config=StrawberryConfig(scalar_map=SCALARS),
    execution_context_class=Executor,
)
