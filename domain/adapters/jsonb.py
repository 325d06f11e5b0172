"""JSON that Postgres takes: it refuses NUL and lone surrogates, which the world's files and messages hold."""

import json
from typing import Any

REPLACEMENT = "�"


def clean(value: Any) -> Any:
    """The value with every NUL and lone surrogate in its texts replaced by U+FFFD."""
    if isinstance(value, str):
        return _clean_text(value)
    if isinstance(value, dict):
        return {clean(key): clean(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [clean(item) for item in value]
    return value


def _clean_text(text: str) -> str:
    if "\0" in text:
        text = text.replace("\0", REPLACEMENT)
    if text.isascii():
        return text
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def dumps(value: Any) -> str:
    """The cleaned value as JSON text. NaN and infinities are a ValueError."""
    return json.dumps(clean(value), ensure_ascii=False, allow_nan=False, separators=(",", ":"))
