"""What an operation asks for, before it is run: how deep its fields are nested, and how many objects it may give.

A field that gives an object costs one, and what is asked of that object; a list as many times as it may be long.
Leaves cost nothing. A fragment is measured once for each place that makes a difference, so a document cannot make the
measuring dear; one that contains itself counts once, for validation to refuse.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLField,
    GraphQLNamedType,
    GraphQLSchema,
    InlineFragmentNode,
    IntValueNode,
    ListValueNode,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
    VariableNode,
    get_named_type,
    get_nullable_type,
    is_composite_type,
    is_list_type,
)

from api.connections import DEFAULT, DEFAULT_EVENTS, DEFAULT_SAMPLES, MOST_EVENTS, MOST_TOKENS

INTROSPECTION = ("__schema", "__type")
MUTATION_COST = 10
LIST = 10  # of a list that is not asked for by pages: columns, splits, bins of a histogram
BESIDE_PAGES = {"SearchNotice": 1}  # a list that stands in a page, and is none of its items
MOST_TOLD = 2**53  # what a number in JSON holds
SIZES = ("first", "last", "ids")
DEFAULTS = {"SampleConnection": DEFAULT_SAMPLES, "EventBatch": DEFAULT_EVENTS, "SampleToken": MOST_TOKENS}


@dataclass(frozen=True, slots=True)
class Depth:
    """How deep an operation is: what it asks for, and what it asks of the schema."""

    fields: int
    introspection: int


class DepthMeter:
    """Measures one operation: the longest way down, in fields."""

    def __init__(self, fragments: Mapping[str, FragmentDefinitionNode]) -> None:
        self._fragments = fragments
        self._known: dict[str, int] = {}
        self._introspection = 0

    def measure(self, operation: OperationDefinitionNode) -> Depth:
        """Raises RecursionError for what is nested beyond all measure."""
        fields = self._of_all(operation.selection_set)
        return Depth(fields, self._introspection)

    def _of_all(self, selections: SelectionSetNode | None) -> int:
        return max(map(self._of_one, selections.selections), default=0) if selections else 0

    def _of_one(self, node: SelectionNode) -> int:
        if isinstance(node, FragmentSpreadNode):
            return self._of_fragment(node.name.value)
        assert isinstance(node, FieldNode | InlineFragmentNode)
        below = self._of_all(node.selection_set)
        if isinstance(node, InlineFragmentNode):
            return below
        if node.name.value in INTROSPECTION:
            self._introspection = max(self._introspection, below + 1)
            return 0
        return below + 1

    def _of_fragment(self, name: str) -> int:
        if name not in self._known:
            self._known[name] = 0
            fragment = self._fragments.get(name)
            self._known[name] = self._of_all(fragment.selection_set) if fragment else 0
        return self._known[name]


class CostMeter:
    """Measures one operation with the page sizes that its variables give."""

    def __init__(
        self,
        schema: GraphQLSchema,
        fragments: Mapping[str, FragmentDefinitionNode],
        sizes: Mapping[str, int | None],
        introspection_cost: int,
    ) -> None:
        self._schema = schema
        self._introspection_cost = introspection_cost
        self._fragments = fragments
        self._sizes = sizes
        self._known: dict[tuple[str, int | None], int] = {}

    def measure(self, operation: OperationDefinitionNode) -> int:
        """How many objects the operation may give."""
        root = self._schema.get_root_type(operation.operation)
        return min(self._of_all(operation.selection_set, root, None), MOST_TOLD)

    def _of_all(self, selections: SelectionSetNode | None, parent: GraphQLNamedType | None, page: int | None) -> int:
        return sum(self._of_one(node, parent, page) for node in selections.selections) if selections else 0

    def _of_one(self, node: SelectionNode, parent: GraphQLNamedType | None, page: int | None) -> int:
        if isinstance(node, FragmentSpreadNode):
            return self._of_fragment(node.name.value, page)
        if isinstance(node, InlineFragmentNode):
            on = self._schema.get_type(node.type_condition.name.value) if node.type_condition else parent
            return self._of_all(node.selection_set, on, page)
        assert isinstance(node, FieldNode)
        return self._of_field(node, parent, page)

    def _of_fragment(self, name: str, page: int | None) -> int:
        if (name, page) not in self._known:
            self._known[name, page] = 0
            if fragment := self._fragments.get(name):
                on = self._schema.get_type(fragment.type_condition.name.value)
                self._known[name, page] = self._of_all(fragment.selection_set, on, page)
        return self._known[name, page]

    def _of_field(self, node: FieldNode, parent: GraphQLNamedType | None, page: int | None) -> int:
        if node.name.value in INTROSPECTION:
            return self._introspection_cost
        field: GraphQLField | None = getattr(parent, "fields", {}).get(node.name.value)
        given = get_named_type(field.type) if field else None
        if field is None or not is_composite_type(given):
            return 0
        size = self._size(node, field, given)
        own = MUTATION_COST if parent is self._schema.mutation_type else 1
        if not is_list_type(get_nullable_type(field.type)):
            return own + self._of_all(node.selection_set, given, size)
        length = LIST if size is None and page is None else page if size is None else size
        return BESIDE_PAGES.get(given.name, length or 0) * (own + self._of_all(node.selection_set, given, None))

    def _size(self, node: FieldNode, field: GraphQLField, given: GraphQLNamedType) -> int | None:
        """How long a page the field asks for, None: its lists are no pages."""
        if not any(name in field.args for name in SIZES):
            return None
        for argument in node.arguments or ():
            value = argument.value
            if argument.name.value in SIZES:
                size = self._sizes.get(value.name.value) if isinstance(value, VariableNode) else literal_size(value)
                if size is not None:
                    return size
        return DEFAULTS.get(given.name, DEFAULT)


def literal_size(value: Any) -> int | None:
    """The length of the page that a literal asks for, or None where it is for validation to refuse."""
    if isinstance(value, IntValueNode):
        return size_of(int(value.value[:10]))
    return size_of(list(value.values)) if isinstance(value, ListValueNode) else None


def size_of(value: object) -> int | None:
    """The length of the page that a variable asks for. One that is refused later counts as the longest there is."""
    if isinstance(value, list):
        return min(len(value), MOST_EVENTS)
    if isinstance(value, float) and value.is_integer():  # which GraphQL takes for the number
        value = int(value)
    return max(0, min(value, MOST_EVENTS)) if isinstance(value, int) and not isinstance(value, bool) else None
