"""The Range header of HTTP, as far as one range of bytes is asked for."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

ONE_RANGE = re.compile(r"bytes=\s*([0-9]{0,18})-([0-9]{0,18})\s*", re.ASCII | re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Span:
    """Bytes from `start` on, before `stop`, of `size`."""

    start: int
    stop: int
    size: int

    @property
    def told(self) -> str:
        """As Content-Range has it."""
        return f"bytes {self.start}-{self.stop - 1}/{self.size}"


class NotSatisfiable(Exception):  # noqa: N818  HTTP's word
    """The range begins behind the end."""


def span_of(headers: Mapping[str, str], size: int, etag: str) -> Span | None:
    """The range that is asked for; None for the whole. Raises NotSatisfiable.

    As HTTP allows, the whole is also the answer to more than one range, to what is no range, and to an If-Range that
    is not this very `etag`.
    """
    found = ONE_RANGE.fullmatch(headers.get("range", ""))
    if found is None or found[1] == found[2] == "" or headers.get("if-range", etag) != etag:
        return None
    if not found[1]:
        start, stop = max(0, size - int(found[2])), size
    else:
        start, stop = int(found[1]), size if not found[2] else int(found[2]) + 1
        if stop <= start < size:
            return None
    if start >= size:
        raise NotSatisfiable
    return Span(start, min(stop, size), size)
