"""The last line of defence of tokens: whatever is told may hold one, put there by a library or by the other side."""

import json
from collections.abc import Iterable
from typing import Any
from urllib.parse import quote

MARK = "(a token)"
# A shorter one looks like ordinary data: in messages it is replaced, in results it would damage them.
LEAST_IN_DATA = 8


class Redaction:
    """Replaces tokens, also as Python, JSON and URLs spell them."""

    def __init__(self, tokens: Iterable[str | None]) -> None:
        known = {token for token in tokens if token}
        spelled = {form for token in known for form in _spellings(token)}
        # a token may be part of another: the longest goes first
        self._forms = sorted(spelled, key=len, reverse=True)

    def __bool__(self) -> bool:
        return bool(self._forms)

    def text(self, text: str) -> str:
        """The text without the tokens."""
        return _without(text, self._forms)

    def data(self, value: Any) -> Any:
        """A JSON value without the tokens in its texts; its keys stay."""
        return _walk(value, [form for form in self._forms if len(form) >= LEAST_IN_DATA])


def _spellings(token: str) -> tuple[str, ...]:
    return token, repr(token)[1:-1], json.dumps(token)[1:-1], quote(token, safe="")


def _without(text: str, forms: Iterable[str]) -> str:
    for form in forms:
        text = text.replace(form, MARK)
    return text


def _walk(value: Any, forms: list[str]) -> Any:
    if not forms:
        return value
    if isinstance(value, str):
        return _without(value, forms)
    if isinstance(value, dict):
        return {key: _walk(item, forms) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_walk(item, forms) for item in value]
    return value
