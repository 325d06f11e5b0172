"""Loaded tokenizers that a warm process keeps for the next question.

One of the Hub is remembered for the token that it was fetched with alone, and each time the Hub is asked, with that
token, which commit is meant: what one may read is not told to another.
"""

import hashlib
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from workers.hub_tokenizers import commit_of
from workers.kept_tokenizer import kept_bytes
from workers.tokenizers import (
    BYT5,
    FOLDER_PREFIX,
    check_repository,
    load_tokenizer,
    model_vocabulary,
    pin_tokenizer,
)

MOST_REMEMBERED = 2

Key = tuple[str, str, str | None]


@dataclass(frozen=True, slots=True)
class Remembered:
    """A loaded tokenizer of transformers, what pins it, how many ids its model knows, and the bytes of its files."""

    loaded: Any
    commit: str
    model_vocabulary: int | None
    size_bytes: int


_remembered: OrderedDict[Key, Remembered] = OrderedDict()


def remembered_tokenizer(
    name: str, revision: str | None, root: str | None, work: Path, token: str | None
) -> Remembered:
    """The named tokenizer, as `pin_tokenizer` finds it; fetched below `work` where it is not remembered."""
    owner = None if token is None else hashlib.sha256(token.encode()).hexdigest()
    if name != BYT5 and not name.startswith(FOLDER_PREFIX):
        check_repository(name)
        revision = commit_of(name, revision, token)
        if (known := _recalled((name, revision, owner))) is not None:
            return known
    pinned = pin_tokenizer(name, revision, root, work, token)
    key = (name, pinned.commit, owner)
    return _recalled(key) or _learned(key, BYT5 if pinned.folder is None else str(work / pinned.folder))


def _recalled(key: Key) -> Remembered | None:
    if key in _remembered:
        _remembered.move_to_end(key)
    return _remembered.get(key)


def _learned(key: Key, reference: str) -> Remembered:
    found = Remembered(load_tokenizer(reference), key[1], model_vocabulary(reference), kept_bytes(reference))
    _remembered[key] = found
    while len(_remembered) > MOST_REMEMBERED:
        _remembered.popitem(last=False)
    return found
