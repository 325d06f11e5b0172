"""What is asked of a tokenization, checked and completed: the resolved recipe that is kept, hashed and shown."""

from collections.abc import Mapping, Sequence
from typing import Any

from domain.errors import ErrorCode, WorldFailure

NO_LENGTH_FROM = 1_000_000  # a model_max_length from here on means that the tokenizer knows none
CHOICES = {"mode": "TRUNCATE", "padding": "NONE", "onError": "FAIL", "stride": 0, "minTokens": 0}
FREE = ("maxLength", "addSpecialTokens", "textColumns", "splits")


def resolve_recipe(
    recipe: Mapping[str, Any], *, tokenizer: Any, text_column: str, splits: Sequence[str]
) -> dict[str, Any]:
    """The recipe with every default filled in. INVALID_INPUT or MAX_LENGTH_REQUIRED say what to change."""
    _check_choices(recipe)
    special = recipe.get("addSpecialTokens")
    add_special_tokens = True if special is None else bool(special)
    reserved = tokenizer.num_special_tokens_to_add(False) if add_special_tokens else 0
    return {
        "mode": CHOICES["mode"],
        "maxLength": _max_length(recipe.get("maxLength"), tokenizer.model_max_length, reserved),
        "addSpecialTokens": add_special_tokens,
        "padding": CHOICES["padding"],
        "textColumns": [text_column],
        "splits": list(splits),
    }


def text_column_of(recipe: Mapping[str, Any], default: str | None) -> str:
    """The one column that is tokenized."""
    columns = recipe.get("textColumns") or ([default] if default else [])
    if not columns:
        raise WorldFailure(ErrorCode.COLUMN_NOT_FOUND, "The dataset has no text column: name one in textColumns.")
    if len(columns) > 1:
        raise invalid("One text column at a time for now: name one in textColumns.")
    return str(columns[0])


def chosen_splits(asked: Sequence[str] | None, existing: Sequence[str]) -> list[str]:
    """The splits asked for (None: all), in the source's order."""
    if asked is None:
        return list(existing)
    if not asked:
        raise invalid("No split is named: name at least one, or leave splits out for all.")
    if missing := [name for name in asked if name not in existing]:
        message = f"There is no split {', '.join(map(repr, missing))}: the dataset has {', '.join(existing)}."
        raise WorldFailure(ErrorCode.SPLIT_NOT_FOUND, message)
    return [name for name in existing if name in asked]


def invalid(message: str) -> WorldFailure:
    """INVALID_INPUT."""
    return WorldFailure(ErrorCode.INVALID_INPUT, message)


def _check_choices(recipe: Mapping[str, Any]) -> None:
    for name, value in recipe.items():
        if name in FREE or value is None:
            continue
        if name not in CHOICES:
            raise invalid(f"{name} is not available yet: leave it out.")
        if value != CHOICES[name]:
            raise invalid(f"{name} {value} is not available yet: use {CHOICES[name]}.")


def _max_length(asked: Any, default: float, reserved: int) -> int:
    if asked is None and default >= NO_LENGTH_FROM:
        message = "This tokenizer knows no longest sequence: give maxLength, for example 512."
        raise WorldFailure(ErrorCode.MAX_LENGTH_REQUIRED, message)
    length = int(default) if asked is None else asked
    if isinstance(length, bool) or not isinstance(length, int) or length < 1:
        raise invalid(f"maxLength {length!r} is no length: give a whole number from 1 on.")
    if length <= reserved:
        message = f"maxLength {length} leaves no room for text: the tokenizer adds {reserved} special tokens. "
        raise invalid(message + f"Give {reserved + 1} or more, or addSpecialTokens: false.")
    return length
