"""Tokens named in a recipe, as ids of the vocabulary. An id of 0 is an id."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from domain.errors import ErrorCode, WorldFailure

NAMED_AT_MOST = 10
UINT16_IDS = 1 << 16


@lru_cache(maxsize=1)
def vocabulary_of(tokenizer: Any) -> Mapping[str, int]:
    """Every token and its id; kept, since a tokenizer takes a tenth of a second to say it."""
    vocabulary: Mapping[str, int] = tokenizer.get_vocab()
    return vocabulary


def id_of(tokenizer: Any, token: str, field: str) -> int:
    """The id of a token as the vocabulary spells it. INVALID_INPUT."""
    found = vocabulary_of(tokenizer).get(token)
    if found is None:
        message = f"{field} {token!r} is no token of the vocabulary: use one as it is spelled there, such as "
        raise invalid(message + f"{_choices(tokenizer)}.")
    return int(found)


def pad_token_of(tokenizer: Any, asked: str | None, model_vocabulary: int | None) -> str:
    """The token to pad with: the one asked for, else the tokenizer's own.

    PAD_TOKEN_MISSING where there is none; INVALID_INPUT where the vocabulary, or the model's, does not have it.
    """
    token = asked if asked is not None else tokenizer.pad_token
    if token is None:
        message = f"This tokenizer has no pad token: name one with padToken, such as {_choices(tokenizer)}."
        raise WorldFailure(ErrorCode.PAD_TOKEN_MISSING, message)
    found = id_of(tokenizer, str(token), "padToken")
    if model_vocabulary is not None and found >= model_vocabulary:
        message = f"padToken {token!r} has id {found}, outside the model's vocabulary of {model_vocabulary:,} ids: "
        raise invalid(message + f"name another, such as {_choices(tokenizer, model_vocabulary)}.")
    return str(token)


def id_bound(tokenizer: Any) -> int:
    """One more than the largest id that the tokenizer may give."""
    return max(len(tokenizer), max(vocabulary_of(tokenizer).values(), default=0) + 1)


def id_type_of(tokenizer: Any) -> str:
    """How ids are kept on disk: uint16 where every id fits, else int32."""
    return "uint16" if id_bound(tokenizer) <= UINT16_IDS else "int32"


def invalid(message: str) -> WorldFailure:
    """INVALID_INPUT."""
    return WorldFailure(ErrorCode.INVALID_INPUT, message)


def _choices(tokenizer: Any, below: int | None = None) -> str:
    """The special tokens; where none can be used, the vocabulary's first."""
    vocabulary = vocabulary_of(tokenizer)
    special = [token for token in dict.fromkeys(tokenizer.all_special_tokens) if token in vocabulary]
    first = sorted(vocabulary, key=vocabulary.__getitem__)
    usable = ([token for token in named if below is None or vocabulary[token] < below] for named in (special, first))
    return ", ".join(map(repr, next(filter(None, usable), [])[:NAMED_AT_MOST]))
