"""Executes operations as graphql-core does, and the same events for many clients who follow them alike once."""

import asyncio
import inspect
from collections.abc import Awaitable, Iterable, Mapping
from contextlib import suppress
from functools import cached_property, lru_cache
from typing import Any

from graphql import (
    ExecutionResult,
    FieldNode,
    FragmentSpreadNode,
    GraphQLError,
    GraphQLField,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLResolveInfo,
    InlineFragmentNode,
    Node,
    OperationDefinitionNode,
    Undefined,
    VariableNode,
    get_nullable_type,
    is_leaf_type,
)
from graphql.execution.collect_fields import FieldDetailsList
from graphql.pyutils import Path
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext

from api.documents import nodes_of
from api.events import EventBatch
from api.shared_answers import SharedAnswers, SharedData

# How an attribute that is not there, or does not fit its type, is met.
UNTOLD = (GraphQLError, AttributeError, TypeError, ValueError)


class Executor(StrawberryGraphQLCoreExecutionContext):
    """What it began it ends, though the client is gone by then. Events that are live are executed once for all that
    follow them alike; of what is not live each client has its own part."""

    def execute_operation(self, serially: bool | None = None) -> Any:
        """As graphql-core has it."""
        if isinstance(self.root_value, EventBatch) and self.root_value.caught_up:
            return self._shared(self.root_value, serially)
        answer = super().execute_operation(serially)
        return _to_its_end(answer) if inspect.isawaitable(answer) else answer

    def execute_field(
        self,
        parent_type: GraphQLObjectType,
        source: Any,
        field_details_list: FieldDetailsList,
        path: Path,
        position_context: Any,
    ) -> Any:
        """As graphql-core has it, but quicker for leaves that are an attribute: most fields of a page.

        They need nothing of the operation. What cannot be told so is told, or refused, as all other fields are.
        """
        field = parent_type.fields.get(field_details_list[0].node.name.value)
        leaf = None if field is None else self._leaf(field)
        if field and leaf:
            with suppress(*UNTOLD):
                return _told(field, leaf, source)
        return super().execute_field(parent_type, source, field_details_list, path, position_context)

    def complete_iterable_value(
        self,
        item_type: GraphQLOutputType,
        field_details_list: FieldDetailsList,
        info: GraphQLResolveInfo[Any],
        path: Path,
        items: Iterable[Any],
        position_context: Any,
    ) -> Any:
        """As graphql-core has it, but quicker for objects of which only leaves are asked that are attributes: a page
        has thousands of highlights. Where one cannot be told so, all are told, or refused, as all others are."""
        type_ = get_nullable_type(item_type)
        if isinstance(items, list) and isinstance(type_, GraphQLObjectType) and type_.is_type_of is None:
            leaves = self._leaves_asked(type_, field_details_list)
            with suppress(*UNTOLD):
                if leaves:
                    return [{name: _told(field, leaf, item) for name, field, leaf in leaves} for item in items]
        return super().complete_iterable_value(item_type, field_details_list, info, path, items, position_context)

    def _leaves_asked(self, type_: GraphQLObjectType, asked: FieldDetailsList) -> list[tuple[str, GraphQLField, Any]]:
        """The name in the answer, the field and its leaf of all that is asked; none where something else is asked."""
        found = []
        for name, details in self.collect_subfields(type_, asked).grouped_field_set.items():
            field = type_.fields.get(details[0].node.name.value)
            leaf = None if field is None else self._leaf(field)
            if field is None or leaf is None:
                return []
            found.append((name, field, leaf))
        return found

    def _leaf(self, field: GraphQLField) -> Any:
        key = id(field)  # for as long as its schema, and that is longer than an operation
        if key not in self._leaves:
            self._leaves[key] = _leaf_of(field)
        return self._leaves[key]

    @cached_property
    def _leaves(self) -> dict[int, Any]:
        return {}

    def _shared(self, batch: EventBatch, serially: bool | None) -> Any:
        answers: SharedAnswers = self.context_value.answers
        key = (self.operation, *self.fragment_definitions.values(), self._variables(), batch.content)
        kept = answers.get(key)
        if kept is not None:
            return kept
        answer = super().execute_operation(serially)
        if isinstance(answer, ExecutionResult) and answer.data is not None and not answer.errors:
            answer.data = SharedData(answer.data)
            answers.keep(key, answer)
        return answer

    def _variables(self) -> str:
        """The variables on which the answer to given events depends, with their values."""
        asked: Mapping[str, Any] = self.variable_values.coerced
        return repr([(name, asked.get(name)) for name in _telling(self.operation)])


def _leaf_of(field: GraphQLField) -> Any:
    """The type of a field that is an attribute with a leaf; None for others."""
    if field.args or not getattr(field.resolve, "_is_default", False):
        return None
    type_ = get_nullable_type(field.type)
    return type_ if is_leaf_type(type_) else None


def _told(field: GraphQLField, leaf: Any, source: Any) -> Any:
    """The value of a leaf that is an attribute. One of UNTOLD where that is not all there is to it."""
    resolve: Any = field.resolve  # the default one: a leaf has no other
    value = resolve(source, None)
    if value is None and leaf is field.type:
        return None
    told = leaf.coerce_output_value(value)
    if told is None or told is Undefined:
        raise TypeError(told)
    return told


async def _to_its_end(answer: Awaitable[Any]) -> Any:
    # cut short, it would leave coroutines of fields that nobody awaits, and queries that nobody reads
    return await asyncio.shield(asyncio.ensure_future(answer))


@lru_cache(128)
def _telling(operation: OperationDefinitionNode) -> tuple[str, ...]:
    """The variables that are more than arguments of a root field: those choose the events, not what is told of them."""
    holding = InlineFragmentNode | FragmentSpreadNode
    if any(isinstance(each, holding) for each in nodes_of(operation)):
        return tuple(each.variable.name.value for each in operation.variable_definitions or ())
    fields = [each for each in operation.selection_set.selections if isinstance(each, FieldNode)]
    told: list[Node | None] = [*(operation.directives or ()), *(field.selection_set for field in fields)]
    told += [directive for field in fields for directive in field.directives or ()]
    found = (each for node in told if node for each in nodes_of(node) if isinstance(each, VariableNode))
    return tuple(sorted({each.name.value for each in found}))
