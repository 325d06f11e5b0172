"""What has happened to the references of a dataset. Stored as all events are."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class DatasetReferenced:
    """`references` are all that there are from now on, in the order in which they came."""

    reference: str
    references: Sequence[str]

    def summary(self) -> str:
        return f"{self.reference} uses it from now on"


@dataclass(frozen=True, slots=True, kw_only=True)
class DatasetReleased:
    """`references` are those that are left."""

    reference: str
    references: Sequence[str]

    def summary(self) -> str:
        return f"{self.reference} uses it no more"


ReferenceEvent = DatasetReferenced | DatasetReleased
