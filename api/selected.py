"""What is asked of a field's answer, so that what is dear is made only then."""

from collections.abc import Iterator
from typing import Any

from graphql import FieldNode, FragmentSpreadNode, GraphQLResolveInfo, InlineFragmentNode, SelectionSetNode

from api.context import Info


def selected_fields(info: Info) -> frozenset[str]:
    """The names of the fields that are asked of what this field gives; also those that are skipped by a directive."""
    raw = info._raw_info  # strawberry's `selected_fields` is made anew, whole, at every look
    return frozenset(name for node in raw.field_nodes for name in _names(node.selection_set, raw))


def _names(selections: SelectionSetNode | None, raw: GraphQLResolveInfo[Any]) -> Iterator[str]:
    for node in selections.selections if selections else ():
        if isinstance(node, FieldNode):
            yield node.name.value
        elif isinstance(node, InlineFragmentNode):
            yield from _names(node.selection_set, raw)
        elif isinstance(node, FragmentSpreadNode):
            yield from _names(raw.fragments[node.name.value].selection_set, raw)
