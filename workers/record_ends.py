"""Where records of CSV end in bytes that come block by block: compiled, for every byte of every such file is looked at.

A quote opens a field at its beginning only, as the reader of CSV has it.
"""

from typing import Any

import numpy as np

from workers.compiling import compiled

LINE_FEED, RETURN = b"\n\r"
AT_FIELD, IN_FIELD, IN_QUOTES, AFTER_QUOTE = range(4)


class OpenRecord:
    """How many bytes the record has that is not over yet, and the line in which it began, from 1."""

    def __init__(self, separator: bytes, quote: bytes) -> None:
        self._separator, self._quote = separator[0], quote[0]
        self._state, self._lines = AT_FIELD, 0
        self.size, self.line = 0, 1

    @property
    def is_quoted(self) -> bool:
        """Whether it goes on within quotes, where the end of a line ends nothing."""
        return bool(self._state == IN_QUOTES)

    def take(self, block: bytes) -> None:
        """The next bytes."""
        data: Any = np.frombuffer(block, np.uint8)
        self._state, end = record_end(data, self._state, self._separator, self._quote)
        if end:
            self.line = self._lines + block.count(b"\n", 0, end) + 1
            self.size = 0
        self.size += len(block) - end
        self._lines += block.count(b"\n")


@compiled
def record_end(data, state, separator, quote):
    """The state behind a block that is begun in `state`, and the end of the last record that ends in it, else 0."""
    end = 0
    for at in range(data.size):
        byte = data[at]
        if state == IN_QUOTES:
            if byte == quote:
                state = AFTER_QUOTE
        elif byte in (LINE_FEED, RETURN):
            state, end = AT_FIELD, at + 1
        elif byte == separator:
            state = AT_FIELD
        elif byte == quote and state != IN_FIELD:
            state = IN_QUOTES
        else:
            state = IN_FIELD
    return state, end
