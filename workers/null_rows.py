"""Rows of JSON that are null: where one comes first in what Arrow's parser reads at once, it takes the process with it.

A row without values says the same. It is as long with its spaces, so nothing else changes its place.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import IO

from workers.json_depth import Nesting, blocks

NULL, NO_VALUES = b"null", b"{}  "
BYTE_ORDER_MARK = b"\xef\xbb\xbf"
FIRST_LINE = re.compile(rb"(?:\xef\xbb\xbf)?\s*+(null)\b")
LINE = re.compile(rb"[\n\r][ \t]*+(null)\b")  # the parser takes either for the end of a row
ELEMENT = re.compile(rb"[\[,]\s*+(null)(?=\s*+[,\]])")
# By so much of an array `datasets` tells whether it holds rows, or texts, among which null is one that is missing.
BEGINNING_BYTES = 100


@dataclass(slots=True)
class NullRows:
    """What a file of JSON that comes block by block is: lines, an array of rows, or of something else; and whether rows
    that are null `are_found`."""

    is_begun: bool = False
    is_array: bool = False
    has_rows: bool = True
    are_found: bool = False

    def look(self, block: bytes, before: Nesting) -> None:
        """Look for them until there is one."""
        self.are_found = self.are_found or bool(self.places(block, before))

    def places(self, block: bytes, before: Nesting) -> list[int]:
        """Where rows of a block without escapes are null; `before`: where the scan of it begins."""
        is_first = not self.is_begun
        if is_first:
            self._begin(block.removeprefix(BYTE_ORDER_MARK).lstrip())
        if NULL not in block or not self.has_rows:
            return []
        found = [place.start(1) for place in (ELEMENT if self.is_array else LINE).finditer(block)]
        if is_first and not self.is_array and (first := FIRST_LINE.match(block)):
            found.append(first.start(1))
        if not found:
            return []
        outside, depths = replace(before).places(block)
        return [place for place in found if outside[place] and depths[place] == int(self.is_array)]

    def _begin(self, beginning: bytes) -> None:
        self.is_begun, self.is_array = True, beginning.startswith(b"[")
        self.has_rows = not self.is_array or b"{" in beginning[:BEGINNING_BYTES].split(b'"', 1)[0]


def without_null_rows(file: IO[bytes]) -> Iterator[bytes]:
    """The same file, block by block, with rows that have no values in the place of null."""
    rows, nesting = NullRows(), Nesting()
    for block, blanked in blocks(file):
        places = rows.places(blanked, nesting)
        nesting.places(blanked)
        mended = bytearray(block)
        for place in places:
            mended[place : place + len(NULL)] = NO_VALUES
        yield bytes(mended)
