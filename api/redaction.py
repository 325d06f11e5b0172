"""Keeps tokens out of errors: GraphQL repeats what it was given when it cannot use it."""

import re
from collections.abc import Iterator, Mapping
from itertools import takewhile
from typing import Any

from graphql.pyutils import inspect

from domain.adapters.redaction import Redaction

FIELD = "accessToken"
# Also where a colon or a quote is missing, or the value is in a list or an object: then it cannot be used, and is told.
LITERAL = re.compile(
    rf'{FIELD}[\s:\[]*(?:\{{[^"}}]*)?(?:"""(.*?)"""|"((?:[^"\\\n]|\\.)*)"?|([^\s:,$"(){{}}\[\]]+))', re.DOTALL
)
BOUND = re.compile(rf"{FIELD}\s*:\s*\$(\w+)")


def redaction_of(document: str | None, variables: Mapping[str, Any] | None) -> Redaction:
    """Of what the document or its variables give as a token, whatever its type."""
    given = variables or {}
    literals = (text for found in LITERAL.findall(document or "") for text in found)
    bound = [given.get(name) for name in BOUND.findall(document or "")]
    texts = (*literals, *_texts(bound, inside=True), *_texts(given, inside=False))
    return Redaction(form for text in texts for form in (text, *_ends(text)))


def _texts(value: Any, *, inside: bool) -> Iterator[str]:
    """The texts, keys and numbers below the name of the field; below the whole value where that is `inside` already."""
    todo = [(value, inside)]
    while todo:  # what is nested as deep as JSON may be is too deep for a recursion
        value, inside = todo.pop()
        if isinstance(value, Mapping):
            todo += [(name, inside) for name in value]
            todo += [(item, inside or name == FIELD) for name, item in value.items()]
        elif isinstance(value, list):
            todo += [(item, inside) for item in value]
        elif inside and value is not None and not isinstance(value, bool):
            yield str(value)


def _ends(text: str) -> tuple[str, ...]:
    """What is left of a long text where GraphQL leaves out its middle."""
    whole, shown = repr(text)[1:-1], inspect(text)[1:-1]
    return () if whole == shown else (_common(whole, shown), _common(whole[::-1], shown[::-1])[::-1])


def _common(one: str, other: str) -> str:
    """How two texts begin alike."""
    return "".join(a for a, _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))
