"""Cursors of samples: each names the search, filter and order that it stands in, and a place there."""

import json
import math
from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any

from api.connections import not_a_cursor, read_cursor, write_cursor
from domain.adapters.samples_wanted import Place, SampleOrder

NAME = "samples"
HASH_LENGTH = 16  # to tell lists apart, not to be safe from forgers


def list_of(dataset_id: str, told: Mapping[str, Any], searched_as: str, order: SampleOrder) -> str:
    """What tells this list of rows from every other; the same for searches that mean the same."""
    conditions = {name: value for name, value in told.items() if name != "search"}
    if "tokenCount" not in told:
        conditions.pop("tokenizationId", None)
    text = json.dumps([dataset_id, conditions, searched_as, order], sort_keys=True)
    return sha256(text.encode()).hexdigest()[:HASH_LENGTH]


class Cursors:
    """Of one list of rows, in these splits (name, rows)."""

    def __init__(self, list_: str, splits: Sequence[tuple[str, int]]) -> None:
        self._list = list_
        self._rows = dict(splits)

    def write(self, place: Place) -> str:
        """The cursor of a place."""
        return write_cursor(NAME, self._list, "" if place.rank is None else place.rank, place.index, place.split)

    def read(self, cursor: str | None) -> Place | None:
        """The place of a cursor that `write` made for this list, None: no cursor; raises BAD_USER_INPUT."""
        if cursor is None:
            return None
        list_, rank, index, split = read_cursor(cursor, NAME, 4)
        try:
            place = Place(split, int(index), float(rank) if rank else None)
        except ValueError:
            raise not_a_cursor(cursor) from None
        is_known = list_ == self._list and 0 <= place.index < self._rows.get(split, 0)
        if not is_known or not math.isfinite(place.rank or 0):
            raise not_a_cursor(cursor)
        return place
