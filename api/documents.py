"""Documents before they are run: each is parsed, measured and validated once, and refused where it goes too far."""

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any

from graphql import (
    DirectiveNode,
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLSchema,
    GraphQLSyntaxError,
    IntValueNode,
    Node,
    NoSchemaIntrospectionCustomRule,
    OperationDefinitionNode,
    VariableNode,
    parse,
    specified_rules,
    validate,
)
from strawberry.types import ExecutionContext
from strawberry.types.graphql import OperationType

from api.asked import Asked
from api.cost import SIZES, CostMeter, DepthMeter, literal_size, size_of
from api.errors import Code, give_code, refusal
from api.listed import ListedDocuments
from domain.adapters.settings import Settings

KEPT = 128
KEPT_COSTS = 64  # of one document, by its page sizes
MOST_DIGITS = 20  # more than any number that the schema takes
TOO_MANY_TOKENS, TOO_DEEP = "tokens. Parsing aborted.", "too deeply. Parsing aborted."
# What graphql-core says of a document whose fields, or fragments, cannot be compared with each other in time.
ABORTED = "Validation aborted."
UNMEASURABLE = "The document repeats too much to be validated: ask for each field once, and spread fewer fragments."
HINT = re.compile(r" Did you mean [^?]*\?")


class Document:
    """A document that is parsed. `errors` are those of its validation, each with its code."""

    def __init__(self, node: DocumentNode, schema: GraphQLSchema, introspection_cost: int) -> None:
        self.node = node
        self.operations = [each for each in node.definitions if isinstance(each, OperationDefinitionNode)]
        self.fragments = {
            each.name.value: each for each in node.definitions if isinstance(each, FragmentDefinitionNode)
        }
        self.errors: list[GraphQLError] | None = None
        self._schema = schema
        self._introspection_cost = introspection_cost
        self._variables = {
            argument.value.name.value
            for each in nodes_of(node)
            if isinstance(each, FieldNode)
            for argument in each.arguments or ()
            if argument.name.value in SIZES and isinstance(argument.value, VariableNode)
        }
        self._costs: dict[tuple[object, ...], int] = {}
        self.depths: dict[int, int] = {}

    def operation(self, name: str | None) -> OperationDefinitionNode:
        """The one operation, or the one with this name; raises OPERATION_RESOLUTION_FAILURE."""
        found = [each for each in self.operations if name is None or (each.name and each.name.value == name)]
        if len(found) == 1:
            return found[0]
        if not self.operations:
            told = "The document has no operation."
        elif name is None:
            told = "The document has more than one operation: name one by `operationName`."
        else:
            told = f"The document has not one operation named {name[:100]!r}."
        raise refusal(Code.OPERATION_RESOLUTION_FAILURE, told)

    def cost(self, operation: OperationDefinitionNode, variables: Mapping[str, Any]) -> int:
        """How many objects the operation may give with these variables."""
        defaults = {
            each.variable.name.value: literal_size(each.default_value) for each in operation.variable_definitions or ()
        }
        sizes = {
            name: size_of(variables[name]) if name in variables else defaults.get(name) for name in self._variables
        }
        key = (id(operation), *sizes.values())
        if key not in self._costs:
            if len(self._costs) >= KEPT_COSTS:
                self._costs.clear()
            meter = CostMeter(self._schema, self.fragments, sizes, self._introspection_cost)
            self._costs[key] = meter.measure(operation)
        return self._costs[key]


class Documents:
    """The documents of one process, by its settings."""

    def __init__(self, schema: GraphQLSchema, settings: Settings) -> None:
        self._schema = schema
        self._settings = settings
        self._rules = (*specified_rules, NoSchemaIntrospectionCustomRule) if settings.is_locked else specified_rules
        self._listed = ListedDocuments(settings.documents, only=settings.is_locked)
        self._read = lru_cache(KEPT)(self._parse)

    def text(self, asked: Asked) -> str | None:
        """The text of the document that is asked for, which may be a listed one; raises GraphQLError."""
        return self._listed.text(asked)

    def refuse_method(self, text: str | None, name: str | None, allowed: Iterable[OperationType]) -> None:
        """Raises METHOD_NOT_ALLOWED; what else is wrong with the operation is found when it is run."""
        try:
            operation = self.read(text).operation(name)
        except GraphQLError:
            return
        allow(operation, allowed)

    def read(self, text: str | None) -> Document:
        """The document of a text, which is not too long; raises GraphQLError."""
        if not text:
            raise refusal(Code.BAD_REQUEST, "There is no `query`: give the document to run.")
        if len(text) > self._settings.max_characters:
            raise refusal(Code.LENGTH_LIMIT, f"A document has at most {self._settings.max_characters:,} characters.")
        return self._read(text)

    def measure(
        self, document: Document, operation: OperationDefinitionNode, variables: Mapping[str, Any]
    ) -> dict[str, int]:
        """What `extensions.cost` tells; raises DEPTH_LIMIT."""
        try:
            if id(operation) not in document.depths:
                document.depths[id(operation)] = self._depth(document, operation)
            cost = document.cost(operation, variables)
        except RecursionError:
            raise self._too_deep() from None
        return {"cost": cost, "limit": self._settings.max_cost, "depth": document.depths[id(operation)]}

    def admit(self, context: ExecutionContext) -> list[GraphQLError]:
        """Prepare an operation to be run; the errors for which it is not. Raises GraphQLError for one that is refused
        before it is validated."""
        document = self.read(context.query)
        context.graphql_document = document.node
        operation = document.operation(context._provided_operation_name)
        allow(operation, context.allowed_operations)
        measured = self.measure(document, operation, context.variables or {})
        context.extensions_results["cost"] = measured
        if measured["cost"] > measured["limit"]:
            told = f"This may give {measured['cost']:,} objects, and {measured['limit']:,} is the limit"
            raise refusal(Code.COST_LIMIT, f"{told}: ask for shorter pages, or for less of each.")
        return self.validate(document)

    def validate(self, document: Document) -> list[GraphQLError]:
        """What is wrong with the document."""
        if document.errors is None:
            most = self._settings.max_errors
            hidden = self._settings.is_locked
            found = validate(self._schema, document.node, self._rules, most, hide_suggestions=hidden)[:most]
            for error in found:
                error.message = UNMEASURABLE if error.message == ABORTED else error.message
            give_code(found, Code.VALIDATION_FAILED)
            document.errors = found
        return document.errors

    def hide_hints(self, errors: list[GraphQLError]) -> None:
        """In the locked profile nothing tells of names that there are."""
        if self._settings.is_locked:
            for error in errors:
                error.message = HINT.sub("", error.message)

    def _parse(self, text: str) -> Document:
        most = self._settings.max_tokens
        try:
            node = parse(text, max_tokens=most)
        except GraphQLSyntaxError as wrong:
            if wrong.message.endswith(TOO_MANY_TOKENS):
                raise refusal(Code.TOKEN_LIMIT, f"A document has at most {most:,} tokens.") from None
            raise self._too_deep() if wrong.message.endswith(TOO_DEEP) else wrong from None
        found = list(nodes_of(node))
        if any(isinstance(each, IntValueNode) and len(each.value) > MOST_DIGITS for each in found):
            raise refusal(Code.VALIDATION_FAILED, f"A number in a document has at most {MOST_DIGITS} digits.")
        aliases = sum(isinstance(each, FieldNode) and each.alias is not None for each in found)
        directives = sum(isinstance(each, DirectiveNode) for each in found)
        at_most(self._settings.max_aliases, aliases, "aliases", Code.ALIAS_LIMIT)
        at_most(self._settings.max_directives, directives, "directives", Code.DIRECTIVE_LIMIT)
        return Document(node, self._schema, self._settings.introspection_cost)

    def _depth(self, document: Document, operation: OperationDefinitionNode) -> int:
        depth = DepthMeter(document.fragments).measure(operation)
        if depth.fields > self._settings.max_depth or depth.introspection > self._settings.introspection_depth:
            raise self._too_deep()
        return max(depth.fields, depth.introspection)

    def _too_deep(self) -> GraphQLError:
        most, of_schema = self._settings.max_depth, self._settings.introspection_depth
        return refusal(Code.DEPTH_LIMIT, f"Fields are nested at most {most} deep, those of introspection {of_schema}.")


def allow(operation: OperationDefinitionNode, allowed: Iterable[OperationType]) -> None:
    """Raises METHOD_NOT_ALLOWED, NOT_ACCEPTABLE for what cannot be asked for in this way."""
    kind = OperationType(operation.operation.value)
    if kind in allowed:
        return
    if kind is OperationType.SUBSCRIPTION:
        told = "A subscription is answered over WebSocket, or as text/event-stream: say so in `Accept`."
        raise refusal(Code.NOT_ACCEPTABLE, told)
    raise refusal(Code.METHOD_NOT_ALLOWED, f"A {kind.value} comes by POST.")


def at_most(most: int, count: int, name: str, code: Code) -> None:
    """Raises the code when there are more."""
    if count > most:
        raise refusal(code, f"A document has at most {most} {name}; this one has {count}.")


def nodes_of(root: Node) -> Iterator[Node]:
    """A node and all below it."""
    waiting: list[object] = [root]
    while waiting:
        node = waiting.pop()
        if isinstance(node, Node):
            yield node
            waiting.extend(getattr(node, key) for key in node.keys if key != "loc")
        elif isinstance(node, list | tuple):
            waiting.extend(node)
