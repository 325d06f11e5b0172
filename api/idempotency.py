"""The key under which a mutation has one effect: a field of its input, or the request's header Idempotency-Key."""

import hmac
from collections.abc import Mapping
from typing import Any

from graphql import FieldNode, FragmentSpreadNode, InlineFragmentNode, SelectionSetNode

from api import checks
from api.checks import given
from api.context import Info
from api.errors import bad_input
from api.plain import plain
from domain.dataset import canonical
from domain.log import Idempotency

HEADER = "Idempotency-Key"


def idempotency_of(info: Info, key: str | None, asked: object, objects: Mapping[str, str]) -> Idempotency | None:
    """What makes the mutation have one effect; None: nothing was given for that."""
    if key is None:
        return None
    content: dict[str, Any] = plain(asked, nulls=True)
    content.pop("idempotencyKey", None)
    content.pop("accessToken", None)  # a token is no part of what is asked, and another one asks for the same
    secret = f"{info.context.feed.identity}:{info.field_name}".encode()
    digest = hmac.digest(secret, canonical(content).encode(), "sha256").hex()
    return Idempotency(key, info.field_name, digest, objects)


def key_of_mutation(info: Info, of_field: str | None) -> str | None:
    """The key of the input or of the header; raises BAD_USER_INPUT where the header cannot be meant for the input."""
    of_header, of_field = info.context.idempotency_key, of_field if given(of_field) else None
    if of_header is None:
        return of_field
    if wrong := checks.key(of_header):
        raise bad_input(f"{HEADER}: {wrong}")
    if of_field is not None and of_field != of_header:
        raise bad_input(f"{HEADER} and `idempotencyKey` differ: give one of them, or the same.")
    if len(names_in(info, info._raw_info.operation.selection_set)) > 1:
        raise bad_input(f"{HEADER} is for one mutation: give each of these an `idempotencyKey` of its own.")
    return of_header


def names_in(info: Info, selections: SelectionSetNode) -> set[str]:
    """The names under which the fields of a selection are answered, whatever holds them."""
    found: set[str] = set()
    for node in selections.selections:
        if isinstance(node, FieldNode) and node.name.value != "__typename":
            found.add(node.alias.value if node.alias else node.name.value)
        elif isinstance(node, InlineFragmentNode):
            found |= names_in(info, node.selection_set)
        elif isinstance(node, FragmentSpreadNode):
            found |= names_in(info, info._raw_info.fragments[node.name.value].selection_set)
    return found
