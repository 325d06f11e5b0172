"""How several columns become one text: "{title}\\n\\n{body}", where {{ and }} are braces themselves."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow.compute as pc

from domain.errors import ErrorCode, WorldFailure

JOINED_BY = "\n\n"
PIECE = re.compile(r"(?P<brace>\{\{|\}\})|\{(?P<column>[^{}]+)\}|(?P<text>[^{}]+)|(?P<stray>[{}])")


@dataclass(frozen=True, slots=True)
class Template:
    """`text` in pieces, in order: a text as it is, or a column (`True`) by its name."""

    text: str
    pieces: tuple[tuple[bool, str], ...]

    @property
    def columns(self) -> list[str]:
        """Each column once, in the order of its first use."""
        return list(dict.fromkeys(name for is_column, name in self.pieces if is_column))

    def fill(self, columns: Any) -> Any:
        """One text a row of a pyarrow RecordBatch of strings; a null is an empty text."""
        filled = [pc.fill_null(columns.column(name), "") if is_column else name for is_column, name in self.pieces]
        return pc.binary_join_element_wise(*filled, "")


def parse_template(template: str) -> Template:
    """INVALID_INPUT names what is wrong with it."""
    pieces: list[tuple[bool, str]] = []
    for found in PIECE.finditer(template):
        if found["stray"]:
            message = (
                f"template has a stray {found['stray']} at character {found.start() + 1}: "
                "write {column} for a column, {{ and }} for braces."
            )
            raise WorldFailure(ErrorCode.INVALID_INPUT, message)
        is_column = found["column"] is not None
        pieces.append((is_column, found["column"] or found["text"] or found["brace"][0]))
    if not any(is_column for is_column, _ in pieces):
        raise WorldFailure(ErrorCode.INVALID_INPUT, "template names no column: write {column} where its text goes.")
    return Template(template, tuple(pieces))


def joining(columns: Sequence[str]) -> str:
    """The template where none is given: the columns in order, an empty line between two."""
    return JOINED_BY.join(f"{{{column}}}" for column in columns)
