"""What is asked of a tokenization, checked and completed: the resolved recipe that is kept, hashed and shown."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from domain.errors import ErrorCode, WorldFailure
from workers.packing import packed_frame
from workers.row_texts import Chat, Documents, Joined
from workers.special_ids import id_of, invalid, pad_token_of

NO_LENGTH_FROM = 1_000_000  # a model_max_length from here on means that the tokenizer knows none
LONGEST_ROW = 1 << 24  # cells of a row that is padded or packed: it is put together in memory

CHOICES = {
    "mode": ("TRUNCATE", "WINDOW", "PACK"),
    "padding": ("NONE", "LONGEST", "MAX_LENGTH"),
    "tail": ("KEEP", "PAD", "DROP"),
    "onError": ("FAIL", "SKIP"),
}
# What belongs to one mode alone, and its default there.
OF_MODE: Mapping[str, Mapping[str, Any]] = {
    "WINDOW": {"stride": 0},
    "PACK": {"beginToken": None, "endOfDocumentToken": None, "separatorToken": None, "tail": "KEEP"},
}
TOKENS = ("beginToken", "endOfDocumentToken", "separatorToken")
FREE = ("maxLength", "padToken", "addSpecialTokens", "textColumns", "template", "chatColumn", "splits", "minTokens")


@dataclass(frozen=True, slots=True)
class Tokenizer:
    """A loaded one, and how many ids the model that it comes with knows, where it says so."""

    loaded: Any
    model_vocabulary: int | None = None


def resolve_recipe(
    recipe: Mapping[str, Any], *, tokenizer: Tokenizer, documents: Documents, splits: Sequence[str]
) -> dict[str, Any]:
    """The recipe with every default filled in; what does not apply is None.

    INVALID_INPUT, MAX_LENGTH_REQUIRED and PAD_TOKEN_MISSING say what to change.
    """
    asked = {name: value for name, value in recipe.items() if value is not None}
    mode = _chosen(asked, "mode")
    resolved: dict[str, Any] = {
        "mode": mode,
        "maxLength": None,
        **_of_mode(asked, mode),
        "padding": _chosen(asked, "padding"),
        "padToken": None,
        "addSpecialTokens": _flag(asked, "addSpecialTokens", default=not isinstance(documents, Chat)),
        **_read(documents),
        "splits": list(splits),
        "minTokens": _whole(asked.get("minTokens", 0), "minTokens", 0),
        "onError": _chosen(asked, "onError"),
    }
    for name in TOKENS:
        if resolved[name] is not None:
            id_of(tokenizer.loaded, resolved[name], name)
    if is_padded(resolved):
        resolved["padToken"] = pad_token_of(tokenizer.loaded, asked.get("padToken"), tokenizer.model_vocabulary)
    resolved["maxLength"] = _max_length(asked.get("maxLength"), tokenizer.loaded, resolved)
    return resolved


def is_padded(recipe: Mapping[str, Any]) -> bool:
    """Whether rows may hold padding, and have an attention mask."""
    return recipe.get("padding", "NONE") != "NONE" or recipe.get("tail") == "PAD"


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


def _chosen(asked: Mapping[str, Any], name: str) -> str:
    choices = CHOICES[name]
    value = asked.get(name, choices[0])
    if value not in choices:
        raise invalid(f"{name} {value!r} is none: use one of {', '.join(choices)}.")
    return str(value)


def _of_mode(asked: Mapping[str, Any], mode: str) -> dict[str, Any]:
    """What belongs to one mode: the asked values for that mode; asked for in another it is refused, not ignored."""
    if unknown := sorted(set(asked) - {*CHOICES, *FREE, *(name for names in OF_MODE.values() for name in names)}):
        raise invalid(f"A recipe has no {unknown[0]}: leave it out.")
    found: dict[str, Any] = {}
    for home, defaults in OF_MODE.items():
        for name, default in defaults.items():
            if home != mode and asked.get(name, default) != default:
                raise invalid(f"{name} belongs to mode {home}: leave it out of {mode}.")
            found[name] = asked.get(name, default) if home == mode else None
    if mode == "PACK":
        found["tail"] = _chosen(asked, "tail")
    else:
        found["stride"] = None if found["stride"] is None else _whole(found["stride"], "stride", 0)
    return found


def _read(documents: Documents) -> dict[str, Any]:
    """What is read, with the default joining of several columns written out."""
    if isinstance(documents, Chat):
        return {"textColumns": None, "template": None, "chatColumn": documents.name}
    template = documents.template.text if isinstance(documents, Joined) else None
    return {"textColumns": list(documents.columns), "template": template, "chatColumn": None}


def _flag(asked: Mapping[str, Any], name: str, *, default: bool) -> bool:
    return bool(asked.get(name, default))


def _whole(value: Any, name: str, least: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        raise invalid(f"{name} {value!r} is none: give a whole number from {least} on.")
    return value


def _max_length(asked: Any, tokenizer: Any, recipe: Mapping[str, Any]) -> int:
    default = tokenizer.model_max_length
    if asked is None and default >= NO_LENGTH_FROM:
        message = "This tokenizer knows no longest sequence: give maxLength, for example 512."
        raise WorldFailure(ErrorCode.MAX_LENGTH_REQUIRED, message)
    length = _whole(int(default) if asked is None else asked, "maxLength", 1)
    if (is_padded(recipe) or recipe["mode"] == "PACK") and length > LONGEST_ROW:
        raise invalid(f"maxLength {length:,} is too long for rows that are padded or packed: at most {LONGEST_ROW:,}.")
    reserved = reserved_cells(tokenizer, recipe)
    stride = recipe["stride"] or 0
    if length <= reserved:
        message = f"maxLength {length} leaves no room for text: {reserved} special tokens are set in each sequence. "
        raise invalid(message + f"Give {reserved + 1} or more, or addSpecialTokens: false.")
    if stride >= length - reserved:
        message = f"stride {stride} is no less than the {length - reserved} tokens of text in a sequence of {length}"
        raise invalid(f"{message}: windows would not move on. Give a smaller stride or a larger maxLength.")
    return length


def reserved_cells(tokenizer: Any, recipe: Mapping[str, Any]) -> int:
    """Cells of every sequence that special tokens take."""
    if recipe["mode"] != "PACK":
        return int(tokenizer.num_special_tokens_to_add(False)) if recipe["addSpecialTokens"] else 0
    return packed_frame(tokenizer, recipe).size
