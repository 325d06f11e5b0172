"""What is asked of a tokenization: what it means where nothing is said, and what no tokenizer can make of it.

A recipe has the contract's field names. Null, and what is left out, stand for the default.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from domain.errors import ErrorCode, Refused

Recipe = Mapping[str, Any]

TRUNCATE, WINDOW, PACK = "TRUNCATE", "WINDOW", "PACK"
NO_PADDING, PAD = "NONE", "PAD"
DEFAULTS = {"mode": TRUNCATE, "padding": NO_PADDING, "minTokens": 0, "onError": "FAIL"}
DEFAULTS_OF_MODES: Mapping[str, Recipe] = {WINDOW: {"stride": 0}, PACK: {"tail": "KEEP"}}
PACK_ONLY = ("beginToken", "endOfDocumentToken", "separatorToken", "tail")
FIELDS = (
    *("mode", "maxLength", "stride", "padding", "padToken", "addSpecialTokens", *PACK_ONLY),
    *("textColumns", "template", "chatColumn", "splits", "minTokens", "onError"),
)

# What stands between the texts of several columns that no template joins.
JOINED_BY = "\n\n"
PLACE = re.compile(r"\{\{|\}\}|\{([^{}]+)\}|[{}]")


def completed(recipe: Recipe) -> dict[str, Any]:
    """The recipe with every field: the defaults that need no look at a tokenizer or dataset, null for all others."""
    asked = {name: value for name, value in recipe.items() if value is not None}
    mode = asked.get("mode", TRUNCATE)
    special = {"addSpecialTokens": "chatColumn" not in asked}  # a chat template sets its own
    known = {**dict.fromkeys(FIELDS), **DEFAULTS, **special, **DEFAULTS_OF_MODES.get(mode, {}), **asked}
    return known if mode == WINDOW else {**known, "stride": None}


def meant(recipe: Recipe, *, splits: Sequence[str], text_column: str | None) -> dict[str, Any]:
    """What the recipe means for a dataset with these splits, in the source's order, and this text column: equal for
    two that are the same in other words."""
    whole = completed(recipe)
    whole["splits"] = [name for name in splits if whole["splits"] is None or name in whole["splits"]]
    if whole["chatColumn"] is None:
        whole |= _read(whole["textColumns"], whole["template"], text_column)
    return whole


def _read(columns: Sequence[str] | None, template: str | None, text_column: str | None) -> dict[str, Any]:
    """The columns that are read, and what joins several."""
    if template is not None:
        return {"textColumns": columns_of(template)}
    if columns is not None and len(columns) > 1:
        return {"template": JOINED_BY.join(f"{{{column}}}" for column in columns)}
    return {"textColumns": columns or [text_column]}


def columns_of(template: str) -> list[str]:
    """The columns that a template has places for, in the order of their first. Raises ValueError."""
    return list(dict.fromkeys(column for _, column in template_parts(template) if column is not None))


def conflicts(recipe: Recipe) -> Iterator[Refused]:
    """Everything about a recipe that cannot be meant, with the path of its field."""
    whole = completed(recipe)
    yield from _mode_conflicts(recipe, whole)
    yield from _padding_conflicts(whole)
    yield from _column_conflicts(whole)


def _mode_conflicts(recipe: Recipe, whole: Recipe) -> Iterator[Refused]:
    mode, length, stride = whole["mode"], whole["maxLength"], recipe.get("stride") or 0
    if mode != PACK:
        for name in PACK_ONLY:
            if whole[name] is not None:
                yield wrong(f"Only mode PACK has it, and this is {mode}: leave it out.", name)
    if stride and mode != WINDOW:
        yield wrong(f"Only mode WINDOW has a stride, and this is {mode}: leave it out.", "stride")
    elif length is not None and stride >= length > 0:
        yield wrong(f"Sequences of {length} tokens cannot overlap by {stride}: give less than maxLength.", "stride")


def _padding_conflicts(whole: Recipe) -> Iterator[Refused]:
    is_packed = whole["mode"] == PACK
    if is_packed and whole["padding"] != NO_PADDING:
        yield wrong("Packed sequences are full but for the tail: give tail: PAD, and no padding.", "padding")
    elif whole["padToken"] is not None and whole["padding"] == NO_PADDING and whole["tail"] != PAD:
        way = "tail: PAD" if is_packed else "padding: LONGEST or MAX_LENGTH"
        yield wrong(f"Nothing is padded: give {way}, or leave padToken out.", "padToken")


def _column_conflicts(whole: Recipe) -> Iterator[Refused]:
    columns, template, chat = whole["textColumns"], whole["template"], whole["chatColumn"]
    for name, value in (("textColumns", columns), ("template", template)):
        if chat is not None and value is not None:
            yield wrong("A chat column is read by the tokenizer's own chat template: give one or the other.", name)
    if columns is not None and len(set(columns)) < len(columns):
        yield wrong("A column is named twice: name each once.", "textColumns")
    if template is not None:
        yield from _template_conflicts(template, columns)


def _template_conflicts(template: str, columns: Sequence[str] | None) -> Iterator[Refused]:
    """Without `columns`, those are read that it has places for."""
    try:
        places = columns_of(template)
    except ValueError as broken:
        yield wrong(str(broken), "template")
        return
    if not places:
        yield wrong('It has no place for a text: write the name of a column, as in "{text}".', "template")
    elif columns is not None:
        for name in (name for name in places if name not in columns):
            yield wrong(
                f"{name!r} is none of textColumns, {', '.join(columns)}: name it there, or leave it out.", "template"
            )
        for name in (name for name in columns if name not in places):
            yield wrong(f"It has no place for the text column {name!r}, whose text would be lost.", "template")


def template_parts(template: str) -> Iterator[tuple[str, str | None]]:
    """The template as pairs of the text before a place and the column whose text stands there; the column of what
    comes last is None. Braces themselves are written twice. Raises ValueError for one that is left alone."""
    literal, end = "", 0
    for place in PLACE.finditer(template):
        literal, end = literal + template[end : place.start()], place.end()
        if place[1] is not None:
            yield literal, place[1]
            literal = ""
        elif len(place[0]) == 1:
            raise ValueError(f"The brace at character {place.start()} is alone: write it twice, or name a column.")
        else:
            literal += place[0][0]
    yield literal + template[end:], None


def wrong(message: str, field: str) -> Refused:
    """INVALID_INPUT for a field of the recipe."""
    return Refused(ErrorCode.INVALID_INPUT, message, "recipe", field)
