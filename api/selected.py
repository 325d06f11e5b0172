"""What is asked of a field's answer, so that what is dear is made only then."""

from collections.abc import Iterator
from typing import Any

from graphql import FieldNode, FragmentSpreadNode, GraphQLResolveInfo, InlineFragmentNode, SelectionSetNode

from api.context import Info


def selected_fields(info: Info) -> frozenset[str]:
    """The names of the fields that are asked of what this field gives; also those that are skipped by a directive."""
    raw = info._raw_info  # strawberry's `selected_fields` is made anew, whole, at every look
    return frozenset(each.name.value for node in raw.field_nodes for each in _fields(node.selection_set, raw))


def is_selected_within(info: Info, name: str) -> bool:
    """Whether a field of this name is asked, at any depth, of what this field gives."""
    raw = info._raw_info
    return any(_has(node.selection_set, name, raw) for node in raw.field_nodes)


def _has(selections: SelectionSetNode | None, name: str, raw: GraphQLResolveInfo[Any]) -> bool:
    return any(node.name.value == name or _has(node.selection_set, name, raw) for node in _fields(selections, raw))


def _fields(
    selections: SelectionSetNode | None, raw: GraphQLResolveInfo[Any], spread: set[str] | None = None
) -> Iterator[FieldNode]:
    """Each fragment once: `spread` are those before."""
    spread = set() if spread is None else spread
    for node in selections.selections if selections else ():
        if isinstance(node, FieldNode):
            yield node
        elif isinstance(node, InlineFragmentNode):
            yield from _fields(node.selection_set, raw, spread)
        elif isinstance(node, FragmentSpreadNode) and node.name.value not in spread:
            spread.add(node.name.value)
            yield from _fields(raw.fragments[node.name.value].selection_set, raw, spread)
