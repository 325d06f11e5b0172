"""Samples that a tokenization left out, from the list in its folder."""

import json
from itertools import islice
from pathlib import Path

import strawberry

from api.scalars import BigInt
from api.values import from_json
from domain.errors import ErrorCode

FILE = "skipped.jsonl"


@strawberry.type(description="A sample that could not be tokenized and was skipped (`onError: SKIP`).")
class SkippedSample:
    split: str = strawberry.field(description="The split that it is in.")
    row: BigInt = strawberry.field(description="Its number within the split, from 0 on.")
    code: ErrorCode = strawberry.field(description="The kind of failure.")
    reason: str = strawberry.field(description="What was wrong with it.")


def read_skipped(folder: Path, most: int) -> list[SkippedSample]:
    """The first of the samples that the tokenization in a folder skipped; no more is read than that."""
    try:
        with (folder / FILE).open(encoding="utf-8") as lines:
            found = [json.loads(line) for line in islice(lines, most)]
    except FileNotFoundError:  # it skipped none, or was made when none could be skipped
        return []
    return [from_json(SkippedSample, skipped, code=ErrorCode(skipped["code"])) for skipped in found]
