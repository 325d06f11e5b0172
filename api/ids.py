"""Ids as clients see them: opaque, and global over all types."""

import re
from dataclasses import dataclass
from uuid import UUID

from strawberry import ID

from domain.adapters.public_ids import decode, public_id

SAMPLE = re.compile(r"([^:]+):(0|[1-9][0-9]{0,18}):(.+)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class SampleKey:
    """Where a sample is: `index` counts from 0 within its split."""

    dataset_id: str
    split: str
    index: int


def global_id(kind: str, key: str) -> ID:
    """The id of the `kind` of node that has this key among its kind."""
    return ID(public_id(kind, key))


def key_of(kind: str, text: str) -> str | None:
    """The key (a UUID) that `global_id` gave this id for, or None: malformed, or of another kind."""
    found = kind_and_key(text)
    return found[1] if found and found[0] == kind and is_uuid(found[1]) else None


def kind_and_key(text: str) -> tuple[str, str] | None:
    """What `global_id` made this id of, or None where it made none such."""
    kind, separator, key = (decode(text) or "").partition(":")
    return (kind, key) if separator else None


def sample_id(key: SampleKey) -> ID:
    """The id of a sample."""
    return global_id("Sample", f"{key.dataset_id}:{key.index}:{key.split}")


def sample_key(key: str) -> SampleKey | None:
    """The sample that a key is of, or None where it is of none."""
    found = SAMPLE.fullmatch(key)
    if found is None or not is_uuid(found[1]):
        return None
    return SampleKey(found[1], found[3], int(found[2]))


def is_uuid(text: str) -> bool:
    """Whether this is a UUID in its one usual spelling."""
    try:
        return str(UUID(text)) == text
    except ValueError:
        return False
